"""`evo evaluate`: measure an exported network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import at_once
from evo.cli.data_options import said, with_data_options


@with_data_options
def evaluate(
    context: typer.Context,
    exported: Annotated[
        Path,
        typer.Argument(
            metavar="EXPORTED_DIR", help="A folder that evo export wrote.", callback=at_once
        ),
    ],
    task: Annotated[
        str | None,
        typer.Option(
            help="Measure on this task: {tasks}, {loaders} with a path as in npz:FILE, or a "
            "function. [default: the card's]"
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the task's data files lie.", callback=at_once),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write tables and figures here: metrics and, by the kind of target, each class, "
            "the confusion matrix, the reliability diagram, or the residuals.",
            callback=at_once,
        ),
    ] = None,
) -> None:
    """Measure an exported network.

    Rebuilds it from spec.json and the weights, so a folder of unknown origin runs no code.
    """
    from rich.console import Console

    from evo.evaluation.evaluation import Evaluation, check_new
    from evo.export.evaluate import evaluated
    from evo.files.paths import shown
    from evo.terminal.evaluation import evaluation_lines
    from evo.terminal.printing import say

    if output is not None:
        check_new(output)
    found, console = evaluated(exported, task, data_dir, said(context.params)), Console()
    evaluation = Evaluation.of(found)
    for line in evaluation_lines(shown(exported), evaluation):
        say(console, line)
    if output is not None:
        written = evaluation.save(output, exported.name)
        say(console, f"\n{len(written)} files with tables and figures in {shown(output)}/")
