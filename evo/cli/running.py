"""`evo run`: start a search, watch it, and print its outcome."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evo.cli.arguments import at_once, listed, with_options
from evo.cli.data_options import SEVERAL, with_data_options, with_model_options
from evo.cli.following import NoFigures, Quiet, Watch, follow, page
from evo.cli.places import WORKERS, DataDir, KeepAll, Logger, Storage
from evo.cli.searching import run_function
from evo.errors import BadInput

if TYPE_CHECKING:  # pydantic, which `evo --help` does without
    from evo.settings.config import RunConfig

NO_SETTINGS = (
    "config_file",
    "quiet",
    "watch",
    "no_figures",
    "dry_run",
)  # options that no run's config has


@with_model_options
@with_data_options
@with_options(WORKERS, behind="device")
def run(
    context: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG.toml",
            help="Settings; options below win over them. Also that of a search by evo.search.",
            callback=at_once,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="What to learn: {tasks}, {loaders} with a path as in npz:FILE, or "
            "package.module:make_task; see `evo tasks`. [default: digits]"
        ),
    ] = None,
    generations: Annotated[
        int | None, typer.Option(help="Generations to run. [default: the task's, digits 50]")
    ] = None,
    population: Annotated[
        int | None, typer.Option(help="Networks that survive a generation. [default: the task's]")
    ] = None,
    females: Annotated[
        int | None,
        typer.Option(help="Predictors that survive a generation. [default: the task's]"),
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            help="Which kind of networks: {families}; modular ones are graphs of modules, "
            "cnn1d is for sequences, transformer and gru for texts, given is what --model names. "
            "[default: the task's]"
        ),
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(help="How to search: {strategies}. [default: gendered]")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="What counts as good, if it suits the task: {metrics}. [default: the task's, of "
            "classes accuracy]"
        ),
    ] = None,
    objectives: Annotated[
        str | None,
        typer.Option(
            help="What to optimise, comma-separated: {objectives}. "
            "[default: the metric and active_parameters]"
        ),
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option(
            metavar="EPOCHS,...",
            help="Epochs after which predictors decide what is trained further, and of a full "
            "training: 3,20 or 1,3,8,20. [default: the task's, digits 3,20]",
        ),
    ] = None,
    juvenile_epochs: Annotated[
        int | None, typer.Option(help="The first of two stages, another way to say them.")
    ] = None,
    adult_epochs: Annotated[
        int | None, typer.Option(help="The last of two stages: epochs of a full training.")
    ] = None,
    epoch_examples: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="An epoch of training is N examples, drawn anew each time, so that of large data "
            "decisions can fall earlier. [default: all of train, of texts the task's]",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same history. [default: 0]")
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(
            help="Generations that may begin before an earlier one is over, so that no worker "
            "waits for the slowest; 1 is for clusters. Part of the history. [default: 0]"
        ),
    ] = None,
    budget_epochs: Annotated[
        int | None, typer.Option(help="End after this many epochs of training in total.")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(help="End after the generation in which they have passed.")
    ] = None,
    max_flops: Annotated[
        float | None,
        typer.Option(help="No network takes more FLOPs for one example. [default: the task's]"),
    ] = None,
    max_parameters: Annotated[
        float | None,
        typer.Option(help="No network has more dense parameters. [default: the task's]"),
    ] = None,
    max_activations: Annotated[
        float | None,
        typer.Option(
            help="No network keeps more numbers of one example for the backward pass. "
            "[default: the task's]"
        ),
    ] = None,
    max_bytes: Annotated[
        float | None,
        typer.Option(
            help="No training takes more memory on its device, by the estimate. [default: none]"
        ),
    ] = None,
    inherit: Annotated[
        str | None,
        typer.Option(
            help="What children take over of a parent's training: none, marks (the channel mask), "
            "weights or all. [default: marks]"
        ),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. [default: auto]")] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="Train by a loss of yours, loss(outputs, targets); see docs/own-model.md.",
        ),
    ] = None,
    results: Annotated[
        str | None, typer.Option(help="The folder for run folders. [default: results]")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="The run's name. [default: made from task and seed]")
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GENE=VALUE", help="Fix a gene, e.g. training.optimizer=adamw; repeatable."
        ),
    ] = None,
    mechanisms: Annotated[
        str | None,
        typer.Option(
            help="Mechanisms that may act during training, comma-separated: all, none, or of "
            "{mechanisms}; docs/mechanisms.md describes them. [default: those that help]"
        ),
    ] = None,
    proxies: Annotated[
        str | None,
        typer.Option(
            help="Zero-cost proxies as inputs of predictors, comma-separated: {proxies}. "
            "[default: none]"
        ),
    ] = None,
    latency_batch: Annotated[
        int | None,
        typer.Option(help="Examples in a batch whose time objective latency is. [default: 1]"),
    ] = None,
    warm_start: Annotated[
        str | None, typer.Option(metavar="RUN", help="Start from the last population of this run.")
    ] = None,
    operator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=MODULE:FUNCTION",
            help="Exchange an operator of the strategy, e.g. survive=deap.tools:selSPEA2; "
            "repeatable; `evo strategies` lists them.",
        ),
    ] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE", help="Import this module first; repeatable."),
    ] = None,
    data_dir: DataDir = None,
    storage: Storage = None,
    keep_all: KeepAll = None,
    logger: Logger = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Train a few founders, say what the run would take, and write nothing.",
        ),
    ] = False,
    quiet: Quiet = False,
    watch: Watch = False,
    no_figures: NoFigures = False,
) -> None:
    """Search for networks and plot the front."""
    from evo.files.paths import absolute
    from evo.record.runs import find_run
    from evo.running.session import start
    from evo.settings.config import build, load_toml
    from evo.settings.function_config import read_function_config

    options = options_of(context.params)
    if config_file is not None and read_function_config(config_file) is not None:
        build({}, {key: x for key, x in options.items() if x is not None})
        if dry_run:
            raise BadInput("received --dry-run, which means nothing to a search of a function")
        run_function(config_file, options, quiet=quiet, watch=watch)
        return
    config = load_toml(config_file, options) if config_file else build({}, options)
    if config.warm_start is not None:
        warm = str(find_run(config.warm_start, absolute(config.results)).path)
        config = config.model_copy(update={"warm_start": warm})
    if dry_run:
        _forecast(config)
        return
    with page(watch) as beside:
        follow(lambda screen: start(config, beside(screen)), quiet=quiet, no_figures=no_figures)


def options_of(parameters: dict[str, Any]) -> dict[str, Any]:
    """Turn the command line's options into the config's keys and types; absent ones are None."""
    from evo.settings.config import parse_operator, parse_pin

    options = {k: v for k, v in parameters.items() if k not in NO_SETTINGS}
    pins, plugins = options.pop("pin") or (), options.pop("plugin") or ()
    operators = options.pop("operator") or ()
    options["loggers"] = tuple(options.pop("logger") or ()) or None
    options["pins"] = dict(parse_pin(text) for text in pins) or None
    options["operators"] = dict(parse_operator(text) for text in operators) or None
    options["plugins"] = tuple(plugins) or None
    for several in (*SEVERAL, "keep", "only", "objectives", "mechanisms", "proxies"):
        if options[several] is not None:
            options[several] = listed(options[several])
    return options


def _forecast(config: RunConfig) -> None:
    from rich.console import Console

    from evo.running.dry_run import dry_run
    from evo.running.parts import prepared
    from evo.terminal.forecast import print_forecast

    print_forecast(Console(), dry_run(config), prepared(config)[1])
