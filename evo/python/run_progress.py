"""What shows a run of networks to Python: the terminal's own view, or an output below a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.errors import LiveError

from evo.engine.engine import Limits
from evo.engine.listener import FleetListener, RunListener
from evo.errors import BadInput
from evo.files.paths import shown
from evo.python.notebook import in_notebook
from evo.python.result_text import REASONS
from evo.python.search_progress import SearchProgress, Wanted, notebook_output
from evo.settings.config import load_toml
from evo.terminal.screen import Silence, make_screen
from evo.watch.beside import Beside
from genomes.genes.number import shown as worded
from runners.events import FleetStatus

METHODS = "started(folder, text), generation(summary), progress(done, total, stage), note(text)"


class NotebookView:
    """Keeps an output below the cell up to date; what is worth a line stands in it."""

    def __init__(self) -> None:
        self._progress = SearchProgress(Limits(None))
        self._show = notebook_output(self._progress)

    def started(self, folder: Path, text: str) -> None:
        """Show where the run lies; its limits are known from now on."""
        config = load_toml(folder / "config.toml")
        limits = Limits(config.generations, config.budget_epochs, config.max_minutes)
        self._progress.limits = limits
        self.note(f"run {shown(folder)}")
        self.note(text)

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Show a finished generation."""
        self._progress.summary = summary
        self._show(True)

    def progress(self, done: int, total: int, stage: str) -> None:
        """Show a finished training, unless that would be too often."""
        self._progress.stage = (done, total, stage)
        self._show(False)

    def ended(self, reason: str) -> None:
        """Show that it has ended, and why."""
        self._progress.ended = REASONS.get(reason, reason)
        self._show(True)

    def note(self, text: str) -> None:
        """Show a line."""
        self._progress.notes += [text] if text else []
        self._show(True)


class Together:
    """Several listeners as one; `page` is opened as soon as the run has a folder."""

    def __init__(self, listeners: Sequence[RunListener], page: Beside | None = None) -> None:
        self._listeners, self._page = listeners, page
        self.has_begun = False

    def started(self, folder: Path, text: str) -> None:
        """Pass it on."""
        self.has_begun = True
        for listener in self._listeners:
            listener.started(folder, text)
        if self._page is not None:
            self.note(self._page.start(folder))

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.generation(summary)

    def progress(self, done: int, total: int, stage: str) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.progress(done, total, stage)

    def note(self, text: str) -> None:
        """Pass it on."""
        for listener in self._listeners:
            listener.note(text)

    def ended(self, reason: str) -> None:
        """Tell those that say so at the end."""
        for listener in self._listeners:
            if isinstance(listener, NotebookView):
                listener.ended(reason)

    def fleet_status(self, look: Callable[[], FleetStatus]) -> None:
        """Pass it on to those that show what the workers do."""
        for listener in self._listeners:
            if isinstance(listener, FleetListener):
                listener.fleet_status(look)


def check_following(wanted: object, also: object) -> None:
    """Raise `BadInput` unless a run can be shown like this, and followed by this listener."""
    if wanted not in ("auto", True, False):
        raise BadInput(f"received progress={worded(wanted)}, expected 'auto', True or False")
    if also is not None and not isinstance(also, RunListener):
        raise BadInput(f"received listener={worded(also)}, expected the methods {METHODS}")


@contextmanager
def following_run(
    wanted: Wanted, also: RunListener | None = None, *, watch: bool = False
) -> Iterator[Together]:
    """Show how far a run is, inside: "auto" on a terminal and in a notebook, True elsewhere too.

    `watch` opens the live page beside it.
    """
    with ExitStack() as stack:
        page = Beside() if watch else None  # finds a port before anything begins
        if page is not None:
            stack.callback(page.end)
        yield Together([_view(wanted, stack), *([] if also is None else [also])], page)


def _view(wanted: Wanted, stack: ExitStack) -> RunListener:
    if wanted and in_notebook():
        return NotebookView()
    console = Console(stderr=True)
    is_seen = wanted is True or (wanted == "auto" and console.is_terminal)
    try:
        return stack.enter_context(make_screen(console, quiet=not is_seen))
    except LiveError:  # somebody else's view is there already
        return Silence()
