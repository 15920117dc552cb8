"""Serves the page of a run until it is told to end."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from evo.record.run_folder import RunFolder
from evo.watch.address import Address
from evo.watch.clients import AWAY_SECONDS
from evo.watch.page_cache import PageCache
from evo.watch.server import Server

GLANCE_SECONDS = 0.2  # between glances at whether it is time to end
OPENING_SECONDS = 20.0  # that a browser may take to start


@contextlib.contextmanager
def serving(folder: RunFolder, address: Address) -> Iterator[Server]:
    """Serve inside, from threads of this process."""
    page_cache = PageCache(folder)
    server = Server(address, page_cache)
    thread = threading.Thread(target=server.serve_forever, args=(GLANCE_SECONDS,), daemon=True)
    page_cache.start()
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        page_cache.close()


def finish(server: Server, *, is_opening: bool = False) -> None:
    """Return when all pages that ask show the last data and know it, or none has asked for long.

    With `is_opening` a browser was told of a short run, and may not have asked for it yet.
    """
    server.ends = True
    began, page_cache, clients = time.monotonic(), server.page_cache, server.clients
    while (passed := time.monotonic() - began) < AWAY_SECONDS:
        expected = is_opening and clients.is_new and passed < OPENING_SECONDS
        if page_cache.is_complete() and clients.is_gone and not expected:
            return
        time.sleep(GLANCE_SECONDS)
