"""The server of the live page: three routes, answered from memory, for GET and HEAD alone.

No part of a request reaches the file system. A request that calls the server by a strange name is
turned away, nothing is cached, and the page's policy lets it ask this server alone.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from evo.report.page import render_live
from evo.watch.address import Address
from evo.watch.clients import Clients
from evo.watch.page_cache import PageCache

EFFORT = 6  # of gzip
IDLE_SECONDS = 60.0  # after which a silent connection is closed
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


class Answer(NamedTuple):
    """What is sent: gzip of the text, which most browsers take as it is, and its headers."""

    status: HTTPStatus
    kind: str
    packed: bytes
    more: dict[str, str]
    delivered: Callable[[], None] = lambda: None  # called when all of it was sent


class Server(ThreadingHTTPServer):
    """Serves one page cache at one address; a thread a connection, which ends with the process."""

    daemon_threads = True

    def __init__(self, address: Address, page_cache: PageCache) -> None:
        super().__init__(("", 0), Handler, bind_and_activate=False)
        self.socket.close()  # instead of it, the one that listens already
        self.socket = address.listening
        self.server_address = address.listening.getsockname()[:2]
        self.address, self.page_cache = address, page_cache
        self.clients = Clients()
        self.ends = False  # whether this server goes as soon as all pages have the last edition
        self.is_closed = False
        self.routes: dict[str, Callable[[dict[str, str]], Answer]] = {
            "/": self._page,
            "/version": self._version,
            "/data": self._data,
        }

    @cached_property
    def _front_page(self) -> Answer:
        page = render_live(self.page_cache.folder.path.resolve().name)
        policy = f"{page.policy}; frame-ancestors 'none'"
        return _answer("text/html", page.text, {"Content-Security-Policy": policy})

    def _page(self, query: dict[str, str]) -> Answer:
        return self._front_page

    def _version(self, query: dict[str, str]) -> Answer:
        page, edition = query.get("page", ""), query.get("edition", "")
        self.clients.asked(page)
        ends = (
            self.ends and self.page_cache.is_complete()
        )  # asked first: the version is then the last
        version = self.page_cache.version()
        found = _answer("application/json", json.dumps({**version, "ends": ends}))
        if not ends or edition != version["edition"]:
            return found
        return found._replace(delivered=lambda: self.clients.left(page))

    def _data(self, query: dict[str, str]) -> Answer:
        edition = self.page_cache.edition
        if not edition.name:
            return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "nothing is gathered yet")
        named = {"X-Edition": edition.name}
        return Answer(HTTPStatus.OK, "application/json", edition.data, named)

    def server_close(self) -> None:
        """Answer no more, on connections that are open either."""
        self.is_closed = True
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break; a defect is told as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _answer(kind: str, text: str, more: dict[str, str] | None = None) -> Answer:
    packed = gzip.compress(text.encode(), EFFORT)
    return Answer(HTTPStatus.OK, kind, packed, more or {})


def refusal(status: HTTPStatus, why: str, more: dict[str, str] | None = None) -> Answer:
    """Return a plain answer that says why there is no other."""
    return _answer("text/plain", f"{why}\n", more)._replace(status=status)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "evo"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        """Answer with headers and text."""
        self._send(self._found(), with_text=True)

    def do_HEAD(self) -> None:
        """Answer with headers alone."""
        self._send(self._found(), with_text=False)

    def _refuse(self) -> None:
        allowed = {"Allow": "GET, HEAD", "Connection": "close"}  # what else it sends is not read
        why = "only GET and HEAD are answered"
        self._send(refusal(HTTPStatus.METHOD_NOT_ALLOWED, why, allowed), with_text=True)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _refuse  # noqa: N815

    def _found(self) -> Answer:
        if {"content-length", "transfer-encoding"} & {name.lower() for name in self.headers}:
            self.close_connection = True  # what else it sends is not read
        if not self.server.address.knows(self.headers.get("Host", "")):
            return refusal(HTTPStatus.MISDIRECTED_REQUEST, "this server is not called so")
        try:
            asked = urlsplit(self.path)
            query = {name: found[-1] for name, found in parse_qs(asked.query).items()}
        except ValueError:
            return refusal(HTTPStatus.BAD_REQUEST, "this is no address")
        route = self.server.routes.get(asked.path)
        return route(query) if route else refusal(HTTPStatus.NOT_FOUND, "there is no such page")

    def _send(self, answer: Answer, *, with_text: bool) -> None:
        if self.server.is_closed:  # a connection that outlived it
            self.close_connection = True
            return
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        body = answer.packed if packed else gzip.decompress(answer.packed)
        self.send_response(answer.status)
        headers = {"Content-Security-Policy": NOTHING, **HEADERS, **answer.more}
        if packed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = f"{answer.kind}; charset=utf-8"
        headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_text:
            self.wfile.write(body)
            answer.delivered()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal belongs to the run."""
