"""What `evo run` and `evo resume` do with a search of a user's function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evo.cli.following import logged
from evo.errors import BadInput, Interrupted, NothingSucceeded, OperatorFailed
from evo.files.paths import run_argument, shown

if TYPE_CHECKING:  # these load pandas, which `evo --help` does without
    from evo.python.function_resume import Further
    from evo.python.result import Result


NAMES = {"max_minutes": "minutes"}  # of options, in the config of a search


class Began:
    """A listener that takes note of the folder in which a search has begun."""

    folder: Path | None = None

    def started(self, folder: Path, text: str) -> None:
        """Take note of the folder."""
        self.folder = folder

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Leave generations to the progress."""

    def progress(self, done: int, total: int, stage: str) -> None:
        """Leave calls to the progress."""

    def note(self, text: str) -> None:
        """Leave notes to the progress."""


def resume_function(folder: Path, further: Further, *, quiet: bool, watch: bool) -> None:
    """Continue a search of a user's function, then print what came of it."""
    from evo.python.function_resume import resume_search

    _follow(
        lambda began: resume_search(
            folder, further, progress=not quiet, listener=began, watch=watch
        ),
        quiet=quiet,
    )


def run_function(file: Path, options: Mapping[str, Any], *, quiet: bool, watch: bool) -> None:
    """Start the search of a config file again, then print what came of it."""
    from evo.python.function_resume import start_search

    changes = {NAMES.get(key, key): x for key, x in options.items() if x is not None}
    name = changes.pop("name", None)
    _follow(
        lambda began: start_search(
            file, changes, name, progress=not quiet, listener=began, watch=watch
        ),
        quiet=quiet,
    )


def _follow(search: Callable[[Began], Result], *, quiet: bool) -> None:
    """Carry a search out, and print its result; a failure goes to the run's log."""
    from rich.console import Console

    from evo.python.result_text import to_text
    from evo.running.garbage import collect_seldom
    from evo.terminal.printing import say

    collect_seldom()
    began, console = Began(), Console()
    try:
        result = search(began)
    except (BadInput, Interrupted, NothingSucceeded, OperatorFailed):
        raise
    except Exception as error:
        if began.folder is None:  # nothing has begun: what was asked for was at fault
            raise
        raise logged(error, began.folder) from error
    assert result.folder is not None  # it lies where it began
    if quiet:
        say(console, f"{shown(result.folder)}, {result.reason}, {len(result.front)} on the front")
        return
    say(console, to_text(result))
    name = run_argument(result.folder)
    say(console, f"\nNext:\n  evo show {name}              the run at a glance")
