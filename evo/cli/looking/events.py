"""`evo events`: what in a run was not expected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import RESULTS, RunArgument, at_once


def events(
    run: RunArgument,
    rate: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Of results that are called unexpected by chance."),
    ] = 0.02,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write them as a table, too: .csv or .parquet.", callback=at_once
        ),
    ] = None,
) -> None:
    """Show what in a run nobody predicted: single results, and shifts.

    A result is unexpected outside the interval that the predictors' errors of earlier generations
    give; see docs/comparing.md.
    """
    from rich.console import Console

    from evo.errors import BadInput
    from evo.files.paths import shown
    from evo.findings.events.read import read_events
    from evo.record.runs import find_run
    from evo.terminal.events_view import event_lines
    from evo.terminal.printing import say

    if output is not None and output.suffix not in (".csv", ".parquet"):
        raise BadInput(
            f"--output: received {shown(output)}, expected a name that ends in .csv or .parquet"
        )
    if output is not None and output.exists():
        raise BadInput(f"--output: {shown(output)} exists already; choose another name")
    found, console = read_events(find_run(run, RESULTS), rate), Console()
    for line in event_lines(found):
        say(console, line)
    if output is not None:
        from evo.findings.events.read import write_table

        write_table(found, output)
        say(console, f"As a table: {shown(output)}")
