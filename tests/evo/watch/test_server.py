"""The server over a real socket: routes, headers, methods, names; nothing from the file system."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evo.watch import page_cache as module
from evo.watch.address import listen
from evo.watch.clients import Clients
from evo.watch.gatherer import Gathered
from evo.watch.gathering import answer
from evo.watch.server import Server
from evo.watch.serving import serving
from tests.evo.report.runs import HOSTILE, write_run
from tests.evo.watch.growing import contents
from tests.evo.watch.test_page_cache import until


class Gatherer:
    """Gathers in this process."""

    def __init__(self, run: Path) -> None:
        self.run = run

    def ask(self) -> Gathered:
        return Gathered(answer(self.run), 0.1)

    def rest(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a hostile run, whose folder is afterwards as it was."""
    names = {name: f"{name}{HOSTILE}" for name in "abcdef"}
    folder = write_run(tmp_path_factory.mktemp("results") / "mine", names)
    before = contents(folder.path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Gatherer", Gatherer)
        with serving(folder, listen(port=0)) as server:
            yield server
    assert contents(folder.path) == before


def ask(
    server: Server, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and what came; headers are given with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection("127.0.0.1", server.address.port, timeout=300)) as to:
        to.request(method, path, headers=named)
        found = to.getresponse()
        return found.status, dict(found.getheaders()), found.read()


def wait_for_data(server: Server) -> None:
    while not server.page_cache.is_complete():
        assert server.page_cache.version()["trouble"] == ""
        time.sleep(0.01)


def test_the_page_holds_no_data_and_may_ask_its_server_alone(server: Server) -> None:
    status, headers, text = ask(server, "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "; connect-src 'self'" in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
    page = text.decode()
    assert '<script type="application/json" id="data">null</script>' in page
    assert "<title>mine: " in page
    assert "onerror=alert" not in page


def test_the_data_are_those_of_the_report(server: Server) -> None:
    wait_for_data(server)
    status, headers, text = ask(server, "/data")
    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert headers["X-Edition"] == server.page_cache.edition.name
    assert json.loads(text)["front"]["rows"][0][:3] == [f"a{HOSTILE}", 0.9, 0.875]
    assert "Content-Encoding" not in headers
    _, headers, packed = ask(server, "/data", Accept_Encoding="gzip, br")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == text
    assert int(headers["Content-Length"]) == len(packed) < len(text)


def test_before_the_first_data_it_says_so(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.page_cache, "edition", module.Edition())
    assert ask(server, "/data")[0] == 503
    assert json.loads(ask(server, "/version")[2])["edition"] == ""


def test_the_version_says_how_the_run_stands(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_data(server)
    assert json.loads(ask(server, "/version?page=ab&edition=x")[2]) == {
        "edition": server.page_cache.edition.name,
        "state": "finished",
        "done": 3,
        "generations": 3,
        "trainings": 7,
        "trouble": "",
        "ends": False,
    }


def test_a_page_leaves_when_it_has_the_last_edition_and_was_told_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_data(server)
    monkeypatch.setattr(server, "clients", Clients())
    last = f"/version?page=ab&edition={server.page_cache.edition.name}"
    assert json.loads(ask(server, last)[2])["ends"] is False
    assert not server.clients.is_gone
    monkeypatch.setattr(server, "ends", True)
    assert json.loads(ask(server, "/version?page=ab&edition=x")[2])["ends"] is True
    ask(server, last, "HEAD")  # tells nothing
    assert not server.clients.is_gone
    assert json.loads(ask(server, last)[2])["ends"] is True
    until(lambda: server.clients.is_gone)  # the answer is read before the server knows


def test_the_end_is_told_with_the_last_edition_only(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_data(server)
    page_cache, told = server.page_cache, server.page_cache.version()

    def version() -> dict[str, object]:
        """Answer as before the gathering that is over the moment after."""
        monkeypatch.setattr(page_cache, "is_complete", lambda: True)
        return {**told, "edition": "before"}

    monkeypatch.setattr(server, "ends", True)
    monkeypatch.setattr(page_cache, "is_complete", lambda: False)
    monkeypatch.setattr(page_cache, "version", version)
    assert json.loads(ask(server, "/version?page=ab&edition=before")[2])["ends"] is False


@pytest.mark.parametrize("path", ["/", "/version", "/data", "/nothing"])
def test_every_answer_forbids_to_keep_to_frame_and_to_guess(server: Server, path: str) -> None:
    wait_for_data(server)
    status, headers, _ = ask(server, path)
    assert status == (404 if path == "/nothing" else 200)
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Access-Control-Allow-Origin" not in headers
    assert "Python" not in headers["Server"]


@pytest.mark.parametrize("path", ["/", "/version", "/data"])
def test_head_sends_the_headers_alone(server: Server, path: str) -> None:
    wait_for_data(server)
    full = ask(server, path)
    status, headers, text = ask(server, path, "HEAD")
    assert (status, text) == (200, b"")
    assert headers["Content-Length"] == full[1]["Content-Length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    status, headers, _ = ask(server, "/data", method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_unknown_methods_are_refused_too(server: Server) -> None:
    assert ask(server, "/", "BREW")[0] == 501


@pytest.mark.parametrize(
    "path",
    [
        "/run.sqlite",
        "/../mine/config.toml",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/data/../run.sqlite",
        "/data%00",
        "/Data",
        "/data/",
        "file:///etc/passwd",
        "/static/plotly.js",
        "/<script>alert(1)</script>",
        f"/{'a' * 5000}",
    ],
)
def test_no_path_reaches_the_file_system(server: Server, path: str) -> None:
    status, headers, text = ask(server, path)
    assert (status, text) == (404, b"there is no such page\n")
    assert headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7117", "192.168.0.7", ""])
@pytest.mark.parametrize("path", ["/", "/version", "/data"])
def test_a_strange_name_is_turned_away(server: Server, host: str, path: str) -> None:
    status, _, text = ask(server, path, Host=host)
    assert (status, text) == (421, b"this server is not called so\n")


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00\xff\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_rubbish_and_those_who_hang_up_do_no_harm(
    server: Server, rubbish: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with closing(socket.create_connection(("127.0.0.1", server.address.port), 30)) as client:
        client.sendall(rubbish)
        client.shutdown(socket.SHUT_WR)
        assert b"400" in client.recv(1000) or rubbish.endswith(b"9.9\r\n\r\n")
    for _ in range(3):
        with closing(socket.create_connection(("127.0.0.1", server.address.port))) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert ask(server, "/version")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_silent_client_keeps_nobody_waiting(server: Server) -> None:
    with closing(socket.create_connection(("127.0.0.1", server.address.port))):
        assert ask(server, "/version")[0] == 200
