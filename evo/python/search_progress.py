"""How far a search of a function is: a live view on a terminal or in a notebook, else nothing.

Only shows; what is recorded is the store's business.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.errors import LiveError
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from evo.engine.engine import Limits
from evo.engine.listener import Listener
from evo.text.amounts import count

Wanted = Literal["auto"] | bool
REFRESH_SECONDS = 0.25


@dataclass
class SearchProgress:
    """What is known of a search under way; `notes` are lines for people, shown in notebooks."""

    limits: Limits
    summary: Mapping[str, Any] = field(default_factory=dict)
    stage: tuple[int, int, str] = (0, 0, "starting")
    notes: list[str] = field(default_factory=list)

    def share(self) -> float:
        """Return how much is done, from 0 to 1, by the limit that is nearest."""
        generations, budget = self.limits.generations, self.limits.budget_epochs
        done = float(self.summary.get("generation") or 0)
        spent = float(self.summary.get("epochs_spent") or 0.0)
        shares = [done / generations if generations else 0.0, spent / budget if budget else 0.0]
        return min(1.0, max(shares))

    def text(self) -> str:
        """Say it in one line."""
        summary, (done, total, stage) = self.summary, self.stage
        generations, budget = self.limits.generations, self.limits.budget_epochs
        parts = [f"generation {summary.get('generation', 0)}" + _of(generations)]
        parts.append(f"{count(summary.get('epochs_spent') or 0)}{_of(budget)} epochs")
        if summary:
            parts.append(f"front {count(summary.get('front_size'))}")
            parts.append(f"hypervolume {float(summary.get('hypervolume') or 0.0):.4f}")
        failures: Mapping[str, int] = summary.get("failures") or {}
        parts += [f"{number} {status.replace('_', ' ')}" for status, number in failures.items()]
        parts.append(f"{stage} {done}/{total}" if total else stage)
        return ", ".join(parts)


def _of(limit: int | None) -> str:
    return f" of {count(limit)}" if limit else ""


class Follower:
    """Listens to the engine: keeps the progress, shows it, and passes it on."""

    def __init__(
        self, progress: SearchProgress, show: Callable[[bool], None], also: Listener | None
    ) -> None:
        self._progress, self._show, self._also = progress, show, also

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Take note of a finished generation."""
        self._progress.summary = summary
        self._show(True)
        if self._also is not None:
            self._also.generation(summary)

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take note of a finished call."""
        self._progress.stage = (done, total, stage)
        self._show(False)
        if self._also is not None:
            self._also.progress(done, total, stage)


@contextmanager
def following(wanted: Wanted, limits: Limits, also: Listener | None = None) -> Iterator[Listener]:
    """Show how far a search is, inside.

    "auto" shows it on a terminal and in a notebook; True elsewhere too, as a line a generation.
    """
    progress = SearchProgress(limits)
    console = Console(stderr=True)
    if wanted and in_notebook():
        show = notebook_output(progress)
    elif wanted and console.is_terminal:
        with _live(progress, console) as show:
            yield Follower(progress, show, also)
        return
    elif wanted is True:
        show = _lines(progress, console)
    else:
        show = _nothing
    yield Follower(progress, show, also)


def _nothing(_: bool) -> None:
    """Show nothing."""


def _lines(progress: SearchProgress, console: Console) -> Callable[[bool], None]:
    def show(is_generation: bool) -> None:
        if is_generation:
            console.print(progress.text(), markup=False, highlight=False, soft_wrap=True)

    return show


@contextmanager
def _live(progress: SearchProgress, console: Console) -> Iterator[Callable[[bool], None]]:
    """Keep a line at the foot of the terminal up to date; a view that is there already stays."""
    view = Live(
        get_renderable=lambda: _bar(progress),
        console=console,
        refresh_per_second=1.0 / REFRESH_SECONDS,
        transient=True,
    )
    try:
        view.start()
    except LiveError:  # somebody else's
        yield _nothing
        return
    try:
        yield _nothing  # it looks by itself
    finally:
        view.stop()


def _bar(progress: SearchProgress) -> Table:
    bar = Table.grid(padding=(0, 1))
    bar.add_row(ProgressBar(total=1.0, completed=progress.share(), width=24), progress.text())
    return bar


def in_notebook() -> bool:
    """Tell whether a notebook's kernel runs this process."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def notebook_output(progress: SearchProgress) -> Callable[[bool], None]:
    """Put an output below the cell, which changes as the search goes on."""
    display: Any = sys.modules["IPython"].display
    handle = display.display(display.HTML(_html(progress)), display_id=True)
    shown = time.monotonic()

    def show(is_generation: bool) -> None:
        nonlocal shown
        if is_generation or time.monotonic() - shown > REFRESH_SECONDS:
            shown = time.monotonic()
            handle.update(display.HTML(_html(progress)))

    return show


def _html(progress: SearchProgress) -> str:
    bar = f"<progress value='{progress.share():.4f}'></progress> {html.escape(progress.text())}"
    return "<br>".join([bar, *map(html.escape, progress.notes)])
