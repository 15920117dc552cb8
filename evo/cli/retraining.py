"""`evo retrain`: what a network of a run reaches from scratch, under several seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evo.cli.arguments import RESULTS, RunArgument, with_options

if TYPE_CHECKING:  # these load torch and rich, which `evo --help` does without
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from evo.export.retrain import RetrainingReport
    from evo.export.retrained import Retrained


MANNER: dict[str, Any] = {  # how to train, in the order of the help; `evo export --retrain` too
    "refit": Annotated[
        bool | None,
        typer.Option(
            "--refit",
            help="Train on train and validation data, as a last step before handing over; only "
            "test data measure it then.",
        ),
    ],
    "average": Annotated[
        str | None,
        typer.Option(
            metavar="none|ema|swa",
            help="Hand over an average of the weights: the moving one over steps, or the mean of "
            "the last quarter's epochs. [default: none]",
        ),
    ],
    "teacher": Annotated[
        str | None,
        typer.Option(
            metavar="best|RUN/ID|ensemble",
            help="Learn from the answers of another network too: the best of the front, ID of "
            "this run or another, or the mean of all seeds.",
        ),
    ],
    "generations": Annotated[
        int | None,
        typer.Option(
            metavar="G",
            help="Generations that are taught, each by the one before, the last one by all; "
            "without --teacher they begin with the network itself. [default: 1]",
        ),
    ],
    "temperature": Annotated[
        float | None,
        typer.Option(metavar="T", help="How soft a teacher's answers are. [default: 2]"),
    ],
    "teaching_weight": Annotated[
        float | None,
        typer.Option(metavar="W", help="Weight of its answers in the loss. [default: 0.5]"),
    ],
}
with_manner = with_options(MANNER, behind="seeds")


def manner(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what options say of trainings, as `evo.export.retrain.retrain` takes it.

    Raises `BadInput` for those that do not go together.
    """
    from evo.export.teachers import TeachingPlan
    from fitness.regimen import NONE

    names = ("teacher", "generations", "temperature", "teaching_weight")
    return {
        "refit": bool(parameters["refit"]),
        "average": parameters["average"] or NONE,
        "teaching": TeachingPlan(*(parameters[name] for name in names)),
    }


@with_manner
def retrain(
    context: typer.Context,
    run: RunArgument,
    genome: Annotated[
        str | None,
        typer.Option(metavar="ID", help="This network. [default: the best of the front]"),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", help="Epochs of training. [default: those of the run]"),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="K", help="Number of trainings.")] = 3,
) -> None:
    """Train a network of a run anew, from scratch.

    Inherited weights play no part; the genes and the inherited channel mask stay. The result
    is written to retrained.csv in the run's folder, and the weights are kept: `evo export RUN
    --genome ID --retrained` exports them.
    """
    from rich.console import Console

    from evo.export.retrain import retrain as train_again
    from evo.files.paths import run_argument
    from evo.record.runs import find_run
    from evo.terminal.printing import say

    wanted = manner(context.params)
    folder, console = find_run(run, RESULTS), Console()
    with console.status("training from scratch"):
        report = train_again(folder, genome, epochs, seeds, **wanted)
    print_report(console, report)
    hand = f"evo export {run_argument(folder.path)} --genome {report.genome} --retrained"
    say(console, f"The weights are kept; {hand} exports " + (REFIT if wanted["refit"] else BEST))


SPLITS = ("validation", "test")
REFIT = "the first seed's, which no measurement chose."
BEST = "those that are best on validation data."


def print_report(console: Console, report: RetrainingReport) -> None:
    """Print the trainings of a network beside what its run recorded."""
    from rich.table import Table

    from evo.terminal.printing import say
    from evo.text.figures import figure, label

    metric = report.metric.name
    title = f"{report.genome}, trained from scratch for {report.epochs} epochs"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for heading in ("", f"{label(metric)} on validation", "on test"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for number, rows in report.generations.items():
        title = "" if list(report.generations) == [0] else _generation(number, rows[0].teacher)
        _add_rows(table, metric, rows, title)
    recorded = (figure(metric, report.recorded.get(name)) for name in SPLITS)
    table.add_row("as the run recorded", *recorded)
    console.print(table)
    say(console, _owed(report))


def _generation(number: int, teacher: str) -> str:
    return f"generation {number}, " + (f"taught by {teacher}" if teacher else "taught by nobody")


def _add_rows(table: Table, metric: str, rows: Sequence[Retrained], title: str) -> None:
    """Add the trainings of a generation, and their mean and spread."""
    from evo.export.retrained import mean_and_spread
    from evo.text.amounts import MISSING
    from evo.text.figures import figure

    if title:
        table.add_row(title)
    for row in rows:
        cells = [figure(metric, getattr(row, name)) for name in SPLITS]
        table.add_row(f"seed {row.seed}" + f" ({row.status})" * (row.status != "ok"), *cells)
    means, spreads = [], []
    for name in SPLITS:
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        mean, spread = mean_and_spread(values) if values else (None, None)
        means.append(figure(metric, mean))
        spreads.append(MISSING if spread is None else figure(metric, spread))
    table.add_row("mean", *means)
    table.add_row("standard deviation", *spreads)


def _owed(report: RetrainingReport) -> str:
    from evo.text.amounts import count, percent

    share = report.recorded.get("inherited_share", 0.0)
    if not report.recorded:
        return "The run did not train this network to the end."
    if not share:
        return "In the run it began with fresh weights too; what it lost was luck."
    epochs = count(report.recorded["inherited_epochs"])
    return (
        f"In the run {percent(share)} of its parameters began with weights that {epochs} epochs "
        "of ancestors had gone into. Here all are fresh; the channel mask it was born with stays."
    )
