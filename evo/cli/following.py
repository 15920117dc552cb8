"""What `evo run` and `evo resume` share: they watch a search and print its outcome."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evo.cli.exits import FailedRun
from evo.engine.stopping import exit_code
from evo.errors import BadInput, Interrupted, NothingSucceeded, clause, describe
from evo.files.paths import run_argument, shown
from evo.files.plain_text import ESCAPED

if TYPE_CHECKING:  # these load pydantic, rich and numpy, which `evo --help` does without
    from evo.engine.listener import RunListener
    from evo.running.session import Ending
    from evo.terminal.screen import Screen

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print one line, at the end.")]
Watch = Annotated[
    bool, typer.Option("--watch", help="Show it in the browser while it goes on; see `evo watch`.")
]
NoFigures = Annotated[
    bool,
    typer.Option(
        "--no-figures",
        help="Draw no figures and write no report at the end: saves seconds of short runs.",
    ),
]


@contextlib.contextmanager
def page(wanted: bool) -> Iterator[Callable[[Screen], RunListener]]:
    """Yield what puts the live page beside a listener, if it is wanted; it ends with the run."""
    if not wanted:
        yield lambda screen: screen
        return
    from evo.watch.beside import Beside, WithPage

    beside = Beside()  # finds a port before anything begins
    try:
        yield lambda screen: WithPage(screen, beside)
    finally:
        beside.end()


def follow(
    search: Callable[[Screen], Ending],
    *,
    quiet: bool,
    no_figures: bool = False,
    generations: int | None = None,
) -> None:
    """Run a search under a screen, then print its result; a failure goes to the run's log."""
    from rich.console import Console

    from evo.cli.ending import one_line, print_ending
    from evo.running.garbage import collect_seldom
    from evo.terminal.printing import say
    from evo.terminal.screen import make_screen

    collect_seldom()
    console = Console()
    screen = make_screen(console, quiet=quiet, generations=generations)
    try:
        with screen:
            outcome = search(screen)
    except (BadInput, Interrupted, NothingSucceeded):
        raise
    except KeyboardInterrupt as stop:
        if screen.folder is None:
            raise
        raise Interrupted(screen.folder, exit_code(stop)) from None
    except Exception as error:
        if screen.folder is None:  # nothing has begun: what was asked for was at fault
            raise
        raise logged(error, screen.folder) from error
    ending = Console(quiet=True) if quiet else console
    print_ending(ending, outcome, no_figures=no_figures)
    if quiet:
        say(console, one_line(outcome))


def logged(error: Exception, folder: Path) -> FailedRun:
    """Write an exception into the log of a run that it ended; return what to tell the user."""
    log = folder / "run.log"
    try:
        with log.open("a", encoding="utf-8", errors=ESCAPED) as file:
            file.write("".join(traceback.format_exception(error)))
        where = f"The traceback is in {shown(log)}."
    except OSError as second:
        where = f"Its log could not be written ({second.strerror})."
    return FailedRun(
        f"the run in {shown(folder)} failed: {clause(describe(error))}. {where} What was "
        f"finished is saved; `evo resume {run_argument(folder)}` continues it."
    )
