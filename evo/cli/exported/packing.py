"""`evo pack`, `evo unpack`: a run as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import RESULTS, RunArgument, at_once


def pack(
    run: RunArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.zip",
            help="The file to write. [default: RUN.zip here]",
            callback=at_once,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is there under that name.")
    ] = False,
) -> None:
    """Pack a run into one ZIP, with a manifest.

    Record, config, tables, weights, figures and report; the manifest has a hash of each, and the
    machines and package versions that made them.
    """
    from rich.console import Console

    from evo.files.paths import absolute, shown
    from evo.packing.pack import pack as pack_run
    from evo.packing.pack import reserve
    from evo.record.runs import find_run
    from evo.terminal.printing import say
    from evo.text.amounts import count, size

    folder = find_run(run, RESULTS)
    target = absolute(output or f"{folder.name}.zip")
    reserve(target, overwrite=overwrite)
    files = pack_run(folder, target)
    say(Console(), f"{count(files)} files, {size(target.stat().st_size)}: {shown(target)}")


def unpack(
    packed: Annotated[
        Path, typer.Argument(metavar="FILE.zip", help="What evo pack wrote.", callback=at_once)
    ],
    results: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Where the run's folder is made.", callback=at_once),
    ] = RESULTS,
) -> None:
    """Make a run's folder of a packed file; every file is held against the manifest first."""
    from rich.console import Console

    from evo.files.paths import absolute, run_argument, shown
    from evo.packing.unpack import unpack as unpack_run
    from evo.terminal.printing import say

    folder = unpack_run(absolute(packed), absolute(results))
    say(Console(), f"Unpacked and checked: {shown(folder.path)}/")
    say(Console(), f"Next: evo show {run_argument(folder.path)}")
