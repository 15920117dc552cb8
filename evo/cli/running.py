"""`evo run` and `evo resume`: start or continue a search, watch it, and say what came of it."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evo.cli.arguments import RESULTS, RunArgument
from evo.cli.exits import FailedRun, describe
from evo.errors import BadInput, Interrupted

if TYPE_CHECKING:  # these load pydantic, rich and numpy, which `evo --help` does without
    from evo.config import RunConfig
    from evo.screen import Screen
    from evo.session import Ending, Listener

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only what came of it.")]
NO_SETTINGS = ("config_file", "quiet", "watch", "dry_run")  # options that no run's config has
Watch = Annotated[
    bool, typer.Option("--watch", help="Show it in the browser while it goes on; see `evo watch`.")
]


def run(
    context: typer.Context,
    config_file: Annotated[
        Path | None,
        typer.Argument(metavar="CONFIG.toml", help="Settings; options below win over them."),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="What to learn: a name of `evo tasks`, npz:FILE, or package.module:make_task. "
            "[default: digits]"
        ),
    ] = None,
    generations: Annotated[
        int | None, typer.Option(help="Generations to breed. [default: the task's, digits 50]")
    ] = None,
    population: Annotated[
        int | None, typer.Option(help="Males that survive a generation. [default: the task's]")
    ] = None,
    females: Annotated[
        int | None,
        typer.Option(help="Predictors that survive a generation. [default: the task's]"),
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            help="Which kind of networks: cnn, modular (graphs of modules) or mlp. "
            "[default: the task's]"
        ),
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="How to breed. [default: gendered]")] = None,
    objectives: Annotated[
        str | None,
        typer.Option(help="Comma-separated. [default: accuracy,active_ratio,active_parameters]"),
    ] = None,
    juvenile_epochs: Annotated[
        int | None, typer.Option(help="Epochs after which it is decided who grows up.")
    ] = None,
    adult_epochs: Annotated[int | None, typer.Option(help="Epochs of a full training.")] = None,
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
    inherit: Annotated[
        str | None,
        typer.Option(
            help="What children take over from a parent's life: none, marks, weights or all. "
            "[default: marks]"
        ),
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. [default: auto]")] = None,
    runner: Annotated[
        str | None, typer.Option(help="ray (worker processes) or serial. [default: ray]")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes. [default: one a core or GPU]")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Join a Ray cluster instead of starting one here: auto, HOST:PORT or "
            "ray://HOST:PORT.",
        ),
    ] = None,
    cpus_per_worker: Annotated[
        float | None, typer.Option(help="Cores that Ray reserves for each. [default: 1]")
    ] = None,
    gpus_per_worker: Annotated[
        str | None,
        typer.Option(
            help="GPUs that Ray reserves for each, a share like 0.25 or a number; auto shares all "
            "of them evenly where the device is cuda. [default: auto]"
        ),
    ] = None,
    job_timeout: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS",
            help="Stop a training after this long; inf never. [default: auto, after 20 times what "
            "the slowest so far would have taken, and 5 minutes at least]",
        ),
    ] = None,
    ship: Annotated[
        bool | None,
        typer.Option("--ship", help="Send evo's code to nodes on which it is not installed."),
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
            help="What may act in a network's life, comma-separated: names of docs/mechanisms.md, "
            "all or none. [default: those that help]"
        ),
    ] = None,
    proxies: Annotated[
        str | None,
        typer.Option(
            help="Zero-cost proxies that females may look at, comma-separated: synflow, "
            "initial-gradient-norm, jacobian-covariance. [default: none]"
        ),
    ] = None,
    latency_batch: Annotated[
        int | None,
        typer.Option(help="Examples in a batch whose time objective latency is. [default: 1]"),
    ] = None,
    warm_start: Annotated[
        str | None, typer.Option(metavar="RUN", help="Found the population from this run's last.")
    ] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE", help="Import this module first; repeatable."),
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where the task's data files lie.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Mirror the run's folder to DIR/NAME, a shared folder or a URL as s3://bucket/runs.",
        ),
    ] = None,
    keep_all: Annotated[
        bool | None,
        typer.Option("--keep-all", help="Keep every checkpoint, also of those who left for good."),
    ] = None,
    logger: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Log to tensorboard or mlflow too; repeatable."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Train a few founders, say what the run would take, and write nothing.",
        ),
    ] = False,
    quiet: Quiet = False,
    watch: Watch = False,
) -> None:
    """Breed networks and plot the front."""
    from evo.config import build, load_toml
    from evo.runs import find_run
    from evo.session import start

    options = options_of(context.params)
    config = load_toml(config_file, options) if config_file else build({}, options)
    if config.warm_start is not None:
        warm = str(find_run(config.warm_start, Path(config.results)).path.absolute())
        config = config.model_copy(update={"warm_start": warm})
    if dry_run:
        _forecast(config)
        return
    with _page(watch) as beside:
        _watch(lambda screen: start(config, beside(screen)), quiet=quiet)


def resume(
    run: RunArgument,
    generations: Annotated[
        int | None, typer.Option(metavar="TOTAL", help="A new total of generations.")
    ] = None,
    quiet: Quiet = False,
    watch: Watch = False,
) -> None:
    """Continue a run.

    Goes on where it was interrupted; --generations takes it beyond its end. A mirror, by its path
    or URL, is copied to the local results folder first.
    """
    from evo.fetching import fetch, is_mirror
    from evo.runs import find_run
    from evo.session import resume as resume_run

    if generations is not None and generations < 1:
        raise BadInput(f"--generations: received {generations}, expected at least 1")
    place = str(RESULTS / run) if (RESULTS / run).is_dir() else run
    folder = fetch(place) if is_mirror(place) else find_run(run, RESULTS).path
    with _page(watch) as beside:
        _watch(
            lambda screen: resume_run(folder, beside(screen), generations),
            quiet=quiet,
            generations=generations,
        )


def options_of(parameters: dict[str, Any]) -> dict[str, Any]:
    """Turn the command line's options into the config's keys and types; absent ones are None."""
    from evo.config import parse_pin

    options = {k: v for k, v in parameters.items() if k not in NO_SETTINGS}
    pins, plugins = options.pop("pin") or (), options.pop("plugin") or ()
    options["loggers"] = tuple(options.pop("logger") or ()) or None
    options["pins"] = dict(parse_pin(text) for text in pins) or None
    options["plugins"] = tuple(plugins) or None
    for several in ("objectives", "mechanisms", "proxies"):
        if options[several] is not None:
            names = (part.strip() for part in options[several].split(","))
            options[several] = tuple(part for part in names if part)
    return options


def _forecast(config: RunConfig) -> None:
    from rich.console import Console

    from evo.cli.forecasting import print_forecast
    from evo.dry_run import dry_run
    from evo.session import prepared

    print_forecast(Console(), dry_run(config), prepared(config)[1])


@contextlib.contextmanager
def _page(wanted: bool) -> Iterator[Callable[[Screen], Listener]]:
    """Yield what puts the live page beside a listener, if it is wanted; it ends with the run."""
    if not wanted:
        yield lambda screen: screen
        return
    from evo.watch.beside import Beside, WithPage

    page = Beside()  # finds a port before anything begins
    try:
        yield lambda screen: WithPage(screen, page)
    finally:
        page.end()


def _watch(
    search: Callable[[Screen], Ending], *, quiet: bool, generations: int | None = None
) -> None:
    """Run a search under a screen, then print its result; a failure goes to the run's log."""
    from rich.console import Console

    from evo.cli.ending import print_ending
    from evo.collecting import collect_seldom
    from evo.screen import make_screen

    collect_seldom()
    console = Console()
    screen = make_screen(console, quiet=quiet, generations=generations)
    try:
        with screen:
            outcome = search(screen)
    except (BadInput, Interrupted):
        raise
    except KeyboardInterrupt:
        if screen.folder is None:
            raise
        raise Interrupted(screen.folder) from None
    except Exception as error:
        if screen.folder is None:  # nothing has begun: what was asked for was at fault
            raise
        raise _logged(error, screen.folder) from error
    print_ending(console, outcome)


def _logged(error: Exception, folder: Path) -> FailedRun:
    log = folder / "run.log"
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
        where = f"The traceback is in {log}."
    except OSError as second:
        where = f"Its log could not be written ({second.strerror})."
    return FailedRun(
        f"the run in {folder} failed: {describe(error)}. {where} What was finished is saved; "
        f"`evo resume` continues it."
    )
