"""The clients of the page: a server that is about to end waits until all know of it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

AWAY_SECONDS = 90.0  # browsers let a page in the background run once a minute
MOST = 64  # pages that are counted
PAGE = re.compile(r"[0-9a-f]{1,16}")


class Clients:
    """The pages that asked lately and have not yet been told that nothing will follow."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._pages: dict[str, float] = {}  # when each asked last
        self._came = False

    def asked(self, page: str) -> None:
        """Take note that a page asked; a name that no page has is ignored."""
        if not PAGE.fullmatch(page):
            return
        with self._lock:
            self._came = True
            self._forget()
            if page in self._pages or len(self._pages) < MOST:
                self._pages[page] = self._now()

    def left(self, page: str) -> None:
        """Take note that a page shows the last data and was told so: it asks no more."""
        with self._lock:
            self._pages.pop(page, None)

    @property
    def is_new(self) -> bool:
        """Whether no page has ever asked."""
        return not self._came

    @property
    def is_gone(self) -> bool:
        """Whether all pages that asked lately have left."""
        with self._lock:
            self._forget()
            return not self._pages

    def _forget(self) -> None:
        earliest = self._now() - AWAY_SECONDS
        self._pages = {page: asked for page, asked in self._pages.items() if asked >= earliest}
