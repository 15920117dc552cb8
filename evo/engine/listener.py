"""Protocols of those that follow a search or a run: a screen, a notebook, a log, a test.

The engine calls `Listener`. A run with a folder and workers of its own calls `RunListener`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from runners.events import FleetStatus


class Listener(Protocol):
    """Follows a search, call by call and generation by generation."""

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Take note of a finished generation."""

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take note that `done` of `total` trainings of this stage are finished."""


@runtime_checkable
class RunListener(Listener, Protocol):
    """Follows a run, from its start on."""

    def started(self, folder: Path, text: str) -> None:
        """Take note that the run's folder exists and its workers are up."""

    def note(self, text: str) -> None:
        """Take note of something worth a line."""


@runtime_checkable
class FleetListener(Protocol):
    """A listener that also shows what the workers do."""

    def fleet_status(self, look: Callable[[], FleetStatus]) -> None:
        """Take note of how to see, at any time, which workers are up and busy."""
