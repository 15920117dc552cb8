"""How far a search of a function is: a live view on a terminal or in a notebook, else nothing.

Only shows; what is recorded is the store's business.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.errors import LiveError
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from evo.engine.engine import Limits
from evo.engine.listener import Listener, RunListener
from evo.python.notebook import in_notebook
from evo.text.amounts import count, duration
from evo.watch.beside import Beside

Wanted = Literal["auto"] | bool
REFRESH_SECONDS = 0.25


@dataclass
class SearchProgress:
    """What is known of a search under way; `notes` are lines for people, shown in notebooks."""

    limits: Limits
    summary: Mapping[str, Any] = field(default_factory=dict)
    stage: tuple[int, int, str] = (0, 0, "starting")
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    ended: str = ""  # why, once it has

    def share(self) -> float:
        """Return how much is done, from 0 to 1, by the limit that is nearest."""
        if self.ended:
            return 1.0
        limits, summary = self.limits, self.summary
        reached = (
            (summary.get("generation"), limits.generations),
            (summary.get("epochs_spent"), limits.budget_epochs),
            (self._minutes(), limits.minutes),
        )
        return min(1.0, max(float(done or 0) / of if of else 0.0 for done, of in reached))

    def _minutes(self) -> float:
        return (time.monotonic() - self.started) / 60

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
        if self.ended:
            return ", ".join([*parts, f"ended: {self.ended}"])
        if minutes := self.limits.minutes:
            parts.append(f"{duration(60 * self._minutes())} of {duration(60 * minutes)}")
        parts.append(f"{stage} {done}/{total}" if total else stage)
        return ", ".join(parts)


def _of(limit: int | None) -> str:
    return f" of {count(limit)}" if limit else ""


class Follower:
    """Listens to a search: keeps the progress, shows it, and passes it on.

    `say` prints a line; what only a `RunListener` hears is passed on to one. `page` is opened as
    soon as the search has a folder.
    """

    def __init__(
        self,
        progress: SearchProgress,
        show: Callable[[bool], None],
        say: Callable[[str], None],
        also: Listener | None = None,
        page: Beside | None = None,
    ) -> None:
        self._progress, self._show, self._say = progress, show, say
        self._also, self._page = also, page

    def started(self, folder: Path, text: str) -> None:
        """Take note that the search has a folder, and its workers are up."""
        if isinstance(self._also, RunListener):
            self._also.started(folder, text)
        if self._page is not None:
            self.note(self._page.start(folder))

    def note(self, text: str) -> None:
        """Take note of something worth a line."""
        self._say(text)
        if isinstance(self._also, RunListener):
            self._also.note(text)

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
def following(
    wanted: Wanted, limits: Limits, also: Listener | None = None, *, watch: bool = False
) -> Iterator[Follower]:
    """Show how far a search is, inside.

    "auto" shows it on a terminal and in a notebook; True elsewhere too, as a line a generation.
    `watch` opens the live page beside it.
    """
    progress = SearchProgress(limits)
    console = Console(stderr=True)
    say = _printing(console)
    with ExitStack() as stack:
        page = Beside() if watch else None  # finds a port before anything begins
        if page is not None:
            stack.callback(page.end)
        if wanted and in_notebook():
            show = notebook_output(progress)
            say = _noting(progress, show)
        elif wanted and console.is_terminal:
            show = stack.enter_context(_live(progress, console))
        elif wanted is True:
            show = _lines(progress, console)
        else:
            show, say = _nothing, _unsaid
        yield Follower(progress, show, say, also, page)


def _nothing(_: bool) -> None:
    """Show nothing."""


def _unsaid(_: str) -> None:
    """Say nothing."""


def _printing(console: Console) -> Callable[[str], None]:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    return say


def _noting(progress: SearchProgress, show: Callable[[bool], None]) -> Callable[[str], None]:
    def say(text: str) -> None:
        progress.notes.append(text)
        show(True)

    return say


def _lines(progress: SearchProgress, console: Console) -> Callable[[bool], None]:
    say = _printing(console)

    def show(is_generation: bool) -> None:
        if is_generation:
            say(progress.text())

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
