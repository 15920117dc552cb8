"""`evo retrain`: what a network of a run reaches from scratch, under several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evo.cli.arguments import RESULTS, RunArgument

if TYPE_CHECKING:  # these load torch and rich, which `evo --help` does without
    from rich.console import Console

    from evo.export.retrain import RetrainingReport


def retrain(
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
    refit: Annotated[
        bool,
        typer.Option(
            "--refit",
            help="Train on train and validation data, as a last step before handing over; only "
            "test data measure it then.",
        ),
    ] = False,
    average: Annotated[
        str,
        typer.Option(
            metavar="none|ema|swa",
            help="Hand over an average of the weights: the moving one over steps, or the mean of "
            "the last quarter's epochs.",
        ),
    ] = "none",
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

    folder, console = find_run(run, RESULTS), Console()
    with console.status("training from scratch"):
        report = train_again(folder, genome, epochs, seeds, refit=refit, average=average)
    _print(console, report)
    hand = f"evo export {run_argument(folder.path)} --genome {report.genome} --retrained"
    say(console, f"The weights are kept; {hand} exports " + (REFIT if refit else BEST))


REFIT = "the first seed's, which no measurement chose."
BEST = "those that are best on validation data."


def _print(console: Console, report: RetrainingReport) -> None:
    from rich.table import Table

    from evo.export.retrained import mean_and_spread
    from evo.terminal.printing import say
    from evo.text.amounts import MISSING
    from evo.text.figures import figure, label

    metric = report.metric.name
    title = f"{report.genome}, trained from scratch for {report.epochs} epochs"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for heading in ("", f"{label(metric)} on validation", "on test"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    names = ("validation", "test")
    for row in report.rows:
        cells = [figure(metric, getattr(row, name)) for name in names]
        table.add_row(f"seed {row.seed}" + f" ({row.status})" * (row.status != "ok"), *cells)
    means, spreads = [], []
    for name in names:
        values = [value for row in report.rows if (value := getattr(row, name)) is not None]
        mean, spread = mean_and_spread(values) if values else (None, None)
        means.append(figure(metric, mean))
        spreads.append(MISSING if spread is None else figure(metric, spread))
    table.add_row("mean", *means)
    table.add_row("standard deviation", *spreads)
    recorded = (figure(metric, report.recorded.get(name)) for name in names)
    table.add_row("as the run recorded", *recorded)
    console.print(table)
    say(console, _owed(report))


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
