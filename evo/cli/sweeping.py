"""`evo sweep`: the pruning curve, one network at many sparsities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evo.cli.arguments import at_once, listed, with_options
from evo.cli.data_options import SEVERAL, with_data_options
from evo.cli.following import Quiet, logged
from evo.cli.places import WORKERS, DataDir
from evo.errors import BadInput, Interrupted, NothingSucceeded

if TYPE_CHECKING:  # pydantic, torch and pandas, which `evo --help` does without
    from evo.sweeps.plan import Sweep

OF_THE_SWEEP = ("genome", "sparsity", "curve", "seeds", "epochs", "granularity", "textbook")


@with_data_options
@with_options(WORKERS, behind="device")
def sweep(
    context: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG.toml", help="That of a sweep, to go on with it.", callback=at_once
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="What to learn: {tasks}, {loaders} with a path as in npz:FILE, or "
            "package.module:make_task. [default: the genome's, else digits]"
        ),
    ] = None,
    genome: Annotated[
        str | None,
        typer.Option(
            metavar="RUN/ID|FILE.json",
            help="This network of a run, or the genome.json of a sweep, from scratch. "
            "[default: a textbook network]",
        ),
    ] = None,
    sparsity: Annotated[
        str | None,
        typer.Option(
            metavar="A:B:STEP,...",
            help="Final sparsities: shares of the weights or channels that are silenced at the "
            "end. [default: 0:0.99:0.03]",
        ),
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Pruning curves: {curves}, one-shot, gene-network. "
            "[default: linear,cubic,one-shot,gene-network]",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="K", help="Trainings of each network. [default: 5]")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(metavar="N", help="Epochs of a training. [default: the task's or run's]"),
    ] = None,
    granularity: Annotated[
        str | None,
        typer.Option(
            metavar="weight|channel", help="What is pruned. [default: the genome's, else weight]"
        ),
    ] = None,
    textbook: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Which textbook network of the family. [default: 1]"),
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GENE=VALUE",
            help="Change a gene of the textbook network, e.g. pruning.end=0.5; repeatable.",
        ),
    ] = None,
    family: Annotated[
        str | None, typer.Option(help="Of a textbook network: {families}. [default: the task's]")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="What is drawn: {metrics}. [default: the task's]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same trainings. [default: 0]")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. [default: auto]")] = None,
    results: Annotated[
        str | None, typer.Option(help="The folder for the sweep's folder. [default: results]")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The sweep's name. [default: made from the task]")
    ] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE", help="Import this module first; repeatable."),
    ] = None,
    data_dir: DataDir = None,
    quiet: Quiet = False,
) -> None:
    """Train one network at many sparsities and draw the pruning curve.

    Each is trained from scratch under the same seeds as the unpruned one. What was interrupted
    goes on by the same command, by `evo resume NAME`, or with the config of the sweep.
    """
    if config_file is None:
        follow_sweep(_asked(context.params), quiet=quiet)
    else:
        follow_sweep(*_again(config_file, context.params), quiet=quiet)


def _asked(parameters: Mapping[str, Any]) -> Sweep:
    """Return the sweep that the options mean."""
    from evo.sweeps.grid import DEFAULT_CURVES, DEFAULT_SEEDS, DEFAULT_SPARSITY, Grid
    from evo.sweeps.request import asked

    curves, seeds = _several(parameters["curve"]), parameters["seeds"]
    grid = Grid.of(
        DEFAULT_SPARSITY if parameters["sparsity"] is None else parameters["sparsity"],
        DEFAULT_CURVES if curves is None else curves,
        DEFAULT_SEEDS if seeds is None else seeds,
    )
    named = {key: parameters[key] for key in ("genome", "epochs", "granularity", "textbook")}
    return asked(_settings(parameters), grid, **named)


def _again(config_file: Path, parameters: Mapping[str, Any]) -> tuple[Sweep, Path | None]:
    """Return the sweep of a config, and its folder if it goes on where the config lies."""
    from evo.sweeps.plan import MAY_CHANGE, read_sweep

    given = {**_settings(parameters), **{key: parameters[key] for key in OF_THE_SWEEP}}
    options = {key: value for key, value in given.items() if value is not None}
    if other := sorted(set(options) - MAY_CHANGE):
        raise BadInput(
            f"received a config and --{other[0].replace('_', '-')}: beside a config only its name "
            "and where it runs can be said"
        )
    found = read_sweep(config_file, options)
    stays = config_file.parent.name == found.training.name and "results" not in options
    return found, config_file.parent if stays else None


def _settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are settings of the training; absent ones are None."""
    from evo.settings.config import parse_pin
    from evo.sweeps.plan import SETTINGS

    return {key: parameters.get(key) for key in SETTINGS} | {
        "pins": dict(parse_pin(text) for text in parameters["pin"] or ()) or None,
        "plugins": tuple(parameters["plugin"] or ()) or None,
        **{name: _several(parameters[name]) for name in SEVERAL},
    }


def _several(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else listed(text)


def follow_sweep(sweep: Sweep, folder: Path | None = None, *, quiet: bool) -> None:
    """Carry a sweep out, in a folder where it has begun, and print what came of it.

    A failure goes to its log.
    """
    from rich.console import Console

    from evo.files.paths import shown
    from evo.sweeps.session import carry_out_sweep
    from evo.terminal.printing import say
    from evo.terminal.sweep_view import print_outcome, sweep_view

    console = Console()
    try:
        with sweep_view(console, quiet=quiet) as view:
            outcome = carry_out_sweep(sweep, view, folder)
    except (BadInput, Interrupted, NothingSucceeded):
        raise
    except Exception as error:
        if view.folder is None:  # nothing has begun: what was asked for was at fault
            raise
        raise logged(error, view.folder) from error
    if quiet:
        say(console, f"{shown(outcome.folder)}, {len(outcome.trainings)} trainings")
    else:
        print_outcome(console, outcome)
