"""`evo lineage`: where an individual comes from, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import RESULTS, RunArgument, at_once


def lineage(
    run: RunArgument,
    genome: Annotated[str, typer.Argument(metavar="GENOME", help="One individual of the run.")],
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Generations of ancestors. [default: 6]"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE.svg", help="Draw the family tree, too.", callback=at_once),
    ] = None,
) -> None:
    """Show where an individual comes from: parents, choices, new genes, what was inherited."""
    from rich.console import Console

    from evo.errors import BadInput
    from evo.files.paths import shown
    from evo.lineage.text import lineage_text
    from evo.lineage.tree import DEPTH, trace
    from evo.record.runs import find_run
    from evo.terminal.printing import say

    if output is not None and output.suffix != ".svg":
        raise BadInput(f"--output: received {shown(output)}, expected a name that ends in .svg")
    for path in (output, output.with_suffix(".csv")) if output is not None else ():
        if path.exists():
            raise BadInput(f"--output: {shown(path)} exists already; choose another name")
    folder, console = find_run(run, RESULTS), Console()
    found = trace(folder, genome, depth or DEPTH)
    say(console, lineage_text(found))
    if output is not None:
        from evo.lineage.figure import save

        save(found, output)
        table = output.with_suffix(".csv")
        say(
            console,
            f"\nThe family tree: {shown(output)}; what it shows as a table: {shown(table)}",
        )
