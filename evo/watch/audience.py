"""Who looks at the page: a server that is about to end waits until all have the last data."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

AWAY_SECONDS = 90.0  # browsers let a page in the background speak once a minute
MOST = 64  # pages that are counted
PAGE = re.compile(r"[0-9a-f]{1,16}")


class Audience:
    """The pages that asked lately, and which edition each shows."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._pages: dict[str, tuple[float, str]] = {}
        self._came = False

    def heard(self, page: str, edition: str) -> None:
        """Take note that a page asked, and what it shows; a name that no page has is ignored."""
        if not PAGE.fullmatch(page):
            return
        with self._lock:
            self._came = True
            self._forget()
            if page in self._pages or len(self._pages) < MOST:
                self._pages[page] = (self._now(), edition)

    @property
    def is_new(self) -> bool:
        """Whether nobody has ever asked."""
        return not self._came

    def all_show(self, edition: str) -> bool:
        """Tell whether no page is left that asked lately and shows another edition."""
        with self._lock:
            self._forget()
            return all(shown == edition for _, shown in self._pages.values())

    def _forget(self) -> None:
        earliest = self._now() - AWAY_SECONDS
        self._pages = {page: seen for page, seen in self._pages.items() if seen[0] >= earliest}
