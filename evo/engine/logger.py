"""The contract of loggers: other programs' ways of following a run, besides its own record.

A logger receives figures in a thread of its own, so a server that does not respond delays nothing.
Its first error is reported, and the logger is not used again.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from evo.errors import BadInput, describe
from genomes.genes.registry import Registry, suggest

LOGGERS = Registry("logger", "evo.loggers")
PATIENCE_SECONDS = 30.0  # how long the end of a run waits for a logger

Row = Mapping[str, Any]
Task = Callable[["Logger"], object]


class Logger(Protocol):
    """Follows one run, from this driver's beginning on."""

    def generation(self, number: int, figures: Mapping[str, float]) -> None:
        """Take note of a finished generation; a replayed one may come again."""

    def end(self, front: Sequence[Row], pictures: Sequence[Path]) -> None:
        """Take note of the front's rows and of figures as PNG files, when a run has ended."""

    def close(self, *, finished: bool) -> None:
        """Write out what is still buffered."""


def load_loggers(names: Sequence[str]) -> dict[str, Any]:
    """Import loggers by name; raises `BadInput` for one that is unknown or not installed."""
    found = {}
    for name in names:
        if name not in LOGGERS.names():
            raise BadInput(suggest("logger", name, LOGGERS.names()))
        try:
            found[name] = LOGGERS.load(name)
        except ImportError as error:
            ours = find_spec(f"{LOGGERS.package}.{name}") is not None
            hint = f": pip install 'evo-nas[{name}]'" if ours else ""
            raise BadInput(f"--logger {name}: {error}{hint}") from error
    return found


def figures_of(summary: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the finite numbers of a generation's summary; nested ones by `outer/inner`."""
    figures: dict[str, float] = {}
    for name, value in summary.items():
        if isinstance(value, Mapping):
            figures |= figures_of(value, f"{prefix}{name}/")
        elif (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        ):
            figures[prefix + name] = float(value)
    figures.pop("generation", None)
    return figures


class LoggerThread:
    """A logger in its own thread, made there too. Never raises."""

    def __init__(self, name: str, make: Callable[[], Logger]) -> None:
        self.name = name
        self._make = make
        self._failure: str | None = None
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"evo-{name}", daemon=True)
        self._thread.start()

    def tell(self, task: Task) -> None:
        """Queue a call of the logger; returns at once."""
        self._tasks.put(task)

    def failure(self) -> str | None:
        """Return why the logger stopped, once."""
        failure, self._failure = self._failure, None
        return failure

    def close(self, *, finished: bool) -> str | None:
        """Wait for the logger to write out; return why it failed, unless that was reported."""
        self.tell(lambda logger: logger.close(finished=finished))
        self._tasks.put(None)
        self._thread.join(PATIENCE_SECONDS)
        if self._thread.is_alive():
            return f"logger {self.name} has not finished in {PATIENCE_SECONDS:.0f} s"
        return self.failure()

    def _work(self) -> None:
        try:
            logger = self._make()
            while (task := self._tasks.get()) is not None:
                task(logger)
        except Exception as error:  # whatever it is, the run goes on
            self._failure = f"logger {self.name} stopped: {describe(error)}"
