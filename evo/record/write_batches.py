"""Bundles what arrives in quick succession, so that thousands of rows need few transactions.

What arrives alone is written at once. In a rush, rows are held for a moment; a timer writes them
if nothing more arrives. So a killed process loses at most what came in its last half second, and
of that only what came in a rush.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

RUSH_SECONDS = 0.01  # what arrives this soon after another is held
BUNDLE_SECONDS = 0.05  # a bundle that is older is written when the next row arrives
PATIENCE_SECONDS = 0.5  # after which the timer writes it

Row = TypeVar("Row")


class WriteBatches(Generic[Row]):
    """Passes rows on to `write` in bundles. `write` may be called from the timer's thread."""

    def __init__(self, write: Callable[[list[Row]], None]) -> None:
        self._write = write
        self._rows: list[Row] = []
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._arrived = self._opened = float("-inf")

    def add(self, row: Row) -> None:
        """Take a row; raises what `write` raises, for this row or for those held before it."""
        with self._lock:
            now = time.monotonic()
            if not self._rows:
                self._opened = now
            self._rows.append(row)
            rush = now - self._arrived < RUSH_SECONDS
            if not rush or now - self._opened > BUNDLE_SECONDS:
                self.flush()
            elif self._timer is None:
                self._timer = threading.Timer(PATIENCE_SECONDS, self._flush_late)
                self._timer.daemon = True
                self._timer.start()
            self._arrived = time.monotonic()

    def flush(self) -> None:
        """Write what is held. What cannot be written stays, and is tried again."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._rows:
                self._write(self._rows)
                self._rows = []

    def _flush_late(self) -> None:
        with contextlib.suppress(Exception):  # the next call that adds or flushes raises it
            self.flush()
