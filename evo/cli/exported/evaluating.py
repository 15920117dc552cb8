"""`evo evaluate` and `evo stress`: measure an exported network, on usual and on other inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.cli.arguments import RESULTS, at_once, listed
from evo.cli.data_options import said, with_data_options

Exported = Annotated[
    Path,
    typer.Argument(
        metavar="EXPORTED_DIR", help="A folder that evo export wrote.", callback=at_once
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where the task's data files lie.", callback=at_once),
]


@with_data_options
def evaluate(
    context: typer.Context,
    exported: Exported,
    task: Annotated[
        str | None,
        typer.Option(
            help="Measure on this task: {tasks}, {loaders} with a path as in npz:FILE, or a "
            "function. [default: the card's]"
        ),
    ] = None,
    data_dir: DataFolder = None,
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


@with_data_options
def stress(
    context: typer.Context,
    exported: Exported,
    task: Annotated[
        str | None,
        typer.Option(
            help="Take test data of this task: {tasks}, {loaders} with a path as in npz:FILE, or "
            "a function. [default: the card's]"
        ),
    ] = None,
    data_dir: DataFolder = None,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Compare with the most accurate network of this run's front and its largest.",
        ),
    ] = None,
    train: Annotated[
        bool,
        typer.Option(
            "--train",
            help="With --run: train the network without pruning, and a textbook network, and "
            "compare with them too.",
        ),
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="Foreign inputs: test data of this task, of the same shape."
        ),
    ] = None,
    epsilon: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER,...",
            help="How far attacks move a value, in the input's units. [default: 1, 2, 5 and 10 % "
            "of the range]",
        ),
    ] = None,
    examples: Annotated[
        int, typer.Option(metavar="NUMBER", help="Draw at most so many test examples.")
    ] = 2000,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write tables and figures here.", callback=at_once),
    ] = None,
) -> None:
    """Put an exported network under stress: corruptions, attacks, foreign inputs.

    Test data alone are read, and nothing is chosen by them. It is rebuilt from spec.json and the
    weights, so a folder of unknown origin runs no code.
    """
    from rich.console import Console

    from evo.evaluation.evaluation import check_new
    from evo.files.paths import shown
    from evo.record.runs import find_run
    from evo.stress.session import Request, carry_out
    from evo.terminal.printing import say
    from evo.terminal.stress import stress_lines

    if output is not None:
        check_new(output)
    folder = find_run(run, RESULTS) if run else None
    request = Request(
        exported, task, data_dir, said(context.params), folder, train, against,
        listed(epsilon), examples, seed,
    )  # fmt: skip
    report, console = carry_out(request), Console()
    for line in stress_lines(shown(exported), report):
        say(console, line)
    if output is not None:
        of = "all rows" if report.data.name == "rows" else f"{report.data.name} data"
        written = report.save(output, f"{exported.name}, {of}")
        say(console, f"\n{len(written)} files with tables and figures in {shown(output)}/")
