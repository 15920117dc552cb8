"""`evo resume`: continue a search, here or elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evo.cli.arguments import RESULTS, RunArgument, with_options
from evo.cli.following import NoFigures, Quiet, Watch, follow, page
from evo.cli.places import WORKERS, DataDir, KeepAll, Logger, Storage
from evo.cli.searching import resume_function
from evo.cli.sweeping import follow_sweep


@with_options(WORKERS, behind="retry_failed")
def resume(
    context: typer.Context,
    run: RunArgument,
    generations: Annotated[
        int | None, typer.Option(metavar="TOTAL", help="A new total of generations.")
    ] = None,
    budget_epochs: Annotated[
        int | None, typer.Option(metavar="TOTAL", help="A new total of epochs of training.")
    ] = None,
    max_minutes: Annotated[
        float | None,
        typer.Option(help="End after the generation in which so many have passed from now on."),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed",
            help="Try again what failed, as after mending the task; the history then is as if it "
            "had not failed.",
        ),
    ] = False,
    data_dir: DataDir = None,
    storage: Storage = None,
    keep_all: KeepAll = None,
    logger: Logger = None,
    quiet: Quiet = False,
    watch: Watch = False,
    no_figures: NoFigures = False,
) -> None:
    """Continue a run, a search of a function of your own, or a sweep.

    Goes on where it was interrupted; --generations or --budget-epochs take it beyond its end. A
    mirror, by its path or URL, is copied to the local results folder first. The other options say
    where it goes on, this time and from then on; what is not given stays as it was.
    """
    from evo.record.runs import find_run
    from evo.running.fetching import fetch, is_mirror
    from evo.running.session import resume as resume_run
    from evo.settings.config import build
    from evo.settings.function_config import read_function_config
    from evo.sweeps.plan import begun, find_sweep

    totals = {
        "generations": generations, "budget_epochs": budget_epochs, "max_minutes": max_minutes
    }  # fmt: skip
    build({}, totals)  # says which is no number of these
    places = places_of(context.params)
    if (sweep := find_sweep(run, RESULTS)) is not None:
        flags = {"retry_failed": retry_failed, "watch": watch, "no_figures": no_figures}
        meant = {**{name: flag or None for name, flag in flags.items()}, **totals}
        given = {name: value for name, value in meant.items() if value is not None}
        follow_sweep(begun(sweep, {**places, **given}), sweep, quiet=quiet)
        return
    place = str(RESULTS / run) if (RESULTS / run).is_dir() else run
    folder = fetch(place) if is_mirror(place) else find_run(run, RESULTS).path
    if read_function_config(folder / "config.toml") is not None:
        from evo.python.function_resume import Further

        further = Further(
            generations, budget_epochs, max_minutes, places, retry_failed=retry_failed
        )
        resume_function(folder, further, quiet=quiet, watch=watch)
        return
    with page(watch) as beside:
        follow(
            lambda screen: resume_run(
                folder,
                beside(screen),
                generations,
                places,
                budget_epochs=budget_epochs,
                max_minutes=max_minutes,
                retry_failed=retry_failed,
            ),
            quiet=quiet,
            no_figures=no_figures,
            generations=generations,
        )


def places_of(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return those options that say where to go on, by the config's keys; raises `BadInput`."""
    from evo.settings.config import build
    from evo.settings.places import PLACES

    given = {**parameters, "loggers": tuple(parameters["logger"] or ()) or None}
    places = {name: given[name] for name in PLACES if given[name] is not None}
    build({}, places)  # what is wrong by itself is so before a mirror is copied
    return places
