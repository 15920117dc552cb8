"""The command line put together: one typer app out of the command groups."""

from __future__ import annotations

from typing import Annotated

import typer

from evo.cli import (
    comparing,
    exporting,
    inspecting,
    lineage,
    reporting,
    resuming,
    retraining,
    running,
    sweeping,
    templating,
    watching,
)
from evo.cli.exported import evaluating, generating, packing
from evo.cli.looking import events
from evo.cli.names import ListingCommand

app = typer.Typer(
    name="evo",
    help="Find small, accurate PyTorch networks: an evolutionary architecture search whose "
    "performance predictors evolve beside the networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from evo.version import VERSION

        typer.echo(f"evo {VERSION}")
        raise typer.Exit()


@app.callback()
def _evo(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


app.command("run", cls=ListingCommand)(running.run)
app.command("resume", cls=ListingCommand)(resuming.resume)
app.command("runs")(inspecting.runs)
app.command("show")(inspecting.show)
app.command("plot")(inspecting.plot)
app.command("report")(reporting.report)
app.command("watch")(watching.watch)
app.command("compare")(comparing.compare)
app.command("lineage")(lineage.lineage)
app.command("events")(events.events)
app.command("retrain")(retraining.retrain)
app.command("sweep", cls=ListingCommand)(sweeping.sweep)
app.command("export")(exporting.export)
app.command("evaluate", cls=ListingCommand)(evaluating.evaluate)
app.command("stress", cls=ListingCommand)(evaluating.stress)
app.command("generate")(generating.generate)
app.command("pack")(packing.pack)
app.command("unpack")(packing.unpack)
app.command("tasks")(inspecting.tasks)
app.command("strategies")(inspecting.strategies)
app.command("template", cls=ListingCommand)(templating.template)
