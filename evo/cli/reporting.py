"""`evo report`: one page that shows what evolved and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import RESULTS, RunArgument, at_once


def report(
    run: RunArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The file to write. [default: report.html in the run]",
            callback=at_once,
        ),
    ] = None,
) -> None:
    """Write what evolved and why as one page.

    A single HTML file with figures to click, which works offline and can be sent to others.
    """
    from rich.console import Console

    from evo.files.paths import shown
    from evo.record.runs import find_run
    from evo.report import write_report
    from evo.terminal.printing import say

    say(Console(), f"Report: {shown(write_report(find_run(run, RESULTS), output))}")
