"""SIGINT and SIGTERM end a run in the same way: it saves, then leaves.

A shell's background job ignores SIGINT from birth, and by default SIGTERM kills Python at once. So
the driver's main thread sets both explicitly while it is at work. Forked processes keep
their previous handlers.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SAME_SECONDS = 1.0  # Ctrl-C in a terminal reaches a script's child twice: from both of them


class Terminated(KeyboardInterrupt, SystemExit):
    """SIGTERM came. Whatever saves after Ctrl-C saves; uncaught, the process exits with 143."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)
        self.code = 128 + signal.SIGTERM


def exit_code(stop: KeyboardInterrupt) -> int:
    """Return the exit code that tells shells which signal ended the process: 130 or 143."""
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `KeyboardInterrupt` or `Terminated` inside when a signal comes, in the main thread.

    Inside another `stoppable`, and in any other thread, this changes nothing.
    """
    if threading.current_thread() is not threading.main_thread() or _Stop.at_work:
        yield
        return
    _Stop.at_work = stop = _Stop({number: signal.getsignal(number) for number in SIGNALS})
    for number in SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        _Stop.at_work = None
        stop.leave()


class _Stop:
    """Handles the signals of one process: the first one raises, and so does Ctrl-C again."""

    at_work: _Stop | None = None

    def __init__(self, before: Mapping[signal.Signals, Any]) -> None:
        self._before = before
        self._last: float | None = None  # when the latest came

    def __call__(self, number: int, frame: FrameType | None) -> None:
        last, self._last = self._last, time.monotonic()
        if last is not None and (number == signal.SIGTERM or self._last - last < SAME_SECONDS):
            return  # it is saving already
        raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    def leave(self) -> None:
        """Restore the previous handlers."""
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


_masks: list[set[Any]] = []  # what the thread that forks had blocked


def _before_fork() -> None:
    """Block signals until a child has its previous handlers; Python would lose them."""
    _masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS))


def _in_parent() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _masks.pop())


def _in_child() -> None:
    stop, _Stop.at_work = _Stop.at_work, None
    if stop is not None:
        stop.leave()
    _in_parent()


os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
