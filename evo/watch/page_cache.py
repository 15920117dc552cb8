"""Keeps what the page asks for in memory, and renews it no faster than is cheap.

One thread reads the record, one has it gathered; each request is answered at once from what is
there, so neither the number of pages nor the length of the run makes a request wait.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from dataclasses import dataclass
from typing import Any

from evo.errors import BadInput, clause
from evo.record.run_folder import RunFolder
from evo.watch.gatherer import Gatherer, GatheringFailed
from evo.watch.run_status import RunStatus, Stamps, look, stamps

CHECK_SECONDS = 1.0  # between looks
LEAST_SECONDS = 3.0  # between gatherings of a run that goes on
SHARE = 0.01  # of one core at most that gathering takes of a run that goes on
AFTER_FAILURE_SECONDS = 15.0


@dataclass(frozen=True)
class Edition:
    """One state of the page's data: its name, gzip of the JSON, and the look they go with."""

    name: str = ""
    data: bytes = b""
    seen: RunStatus | None = None


class PageCache:
    """Looks and gathers in threads of its own between `start` and `close`."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.edition = Edition()
        self.seen: RunStatus | None = None
        self._unread = self._failure = ""  # why the last look, the last gathering went wrong
        self._gatherer = Gatherer(folder.path)
        self._stamps: Stamps | None = None
        self._name, self._number = secrets.token_hex(4), 0  # another server, another name
        self._news, self._closed = threading.Condition(), threading.Event()
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._watch, self._gather)
        ]

    def start(self) -> None:
        """Begin; the first edition is there as soon as it is gathered."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End, also in the midst of gathering."""
        self._closed.set()
        with self._news:
            self._news.notify_all()
        self._gatherer.close()
        for thread in self._threads:
            thread.join()

    def version(self) -> dict[str, Any]:
        """Return what the page asks for often: how the run stands, and which edition there is."""
        seen, edition = self.seen, self.edition
        return {
            "edition": edition.name,
            "state": seen.state if seen else None,
            "done": seen.done if seen else None,
            "generations": seen.generations if seen else None,
            "trainings": seen.trainings if seen else None,
            "trouble": self._unread or self._failure,
        }

    def is_complete(self) -> bool:
        """Tell whether no process drives the run and the edition shows all that is recorded."""
        seen = self.seen
        return seen is not None and seen.state != "running" and self.edition.seen == seen

    def look(self) -> None:
        """Look at the record unless its files are as they were; never raises."""
        found, driven = stamps(self.folder), self.folder.driver() is not None
        known = self.seen is not None and driven == (self.seen.state == "running")
        if known and found == self._stamps and not self._unread:
            return
        try:
            seen = look(self.folder)
        except (OSError, sqlite3.Error, BadInput) as error:
            self._unread = f"The record cannot be read: {clause(error)}."
            return
        with self._news:
            self._stamps, self.seen, self._unread = found, seen, ""
            self._news.notify_all()

    def _watch(self) -> None:
        while not self._closed.is_set():
            self.look()
            self._closed.wait(CHECK_SECONDS)

    def _gather(self) -> None:
        while not self._closed.is_set():
            seen = self._wait_for_news()
            if seen is None:
                return
            pause = self._renew(seen)
            if seen.state != "running":
                self._gatherer.rest()
            self._pause(pause, seen.state == "running")

    def _wait_for_news(self) -> RunStatus | None:
        """Return a look that the edition does not show yet; None when it is over."""
        with self._news:
            self._news.wait_for(
                lambda: (
                    self._closed.is_set()
                    or (self.seen is not None and self.seen != self.edition.seen)
                )
            )
            return None if self._closed.is_set() else self.seen

    def _renew(self, seen: RunStatus) -> float:
        """Gather an edition; return the seconds until the next one may be."""
        try:
            found = self._gatherer.ask()
        except GatheringFailed as failure:
            self._failure = f"The data could not be gathered: {clause(failure)}."
            return AFTER_FAILURE_SECONDS
        self._number, self._failure = self._number + 1, ""
        self.edition = Edition(f"{self._name}-{self._number}", found.data, seen)
        return max(LEAST_SECONDS, found.seconds / SHARE)

    def _pause(self, seconds: float, running: bool) -> None:
        """Wait; the end of a run that was `running` cuts it short: the page soon shows it."""

        def is_over() -> bool:
            ended = running and self.seen is not None and self.seen.state != "running"
            return ended or self._closed.is_set()

        with self._news:
            self._news.wait_for(is_over, seconds)
