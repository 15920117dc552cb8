"""`evo.run`, `evo.resume` and `evo.forecast`: what the commands do, called from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from evo.engine.listener import RunListener
from evo.engine.stopping import stoppable
from evo.errors import BadInput
from evo.files.paths import RESULTS, absolute
from evo.plots import draw_figures
from evo.python.asking import in_terms_of_arguments, named_task
from evo.python.function_resume import Further, resume_search
from evo.python.loading import Tables, task_of_run
from evo.python.run_progress import Together, check_following, following_run
from evo.python.search_progress import Wanted
from evo.record.run_folder import RunFolder
from evo.record.runs import find_run
from evo.report import write_report_if_possible
from evo.running.dry_run import dry_run
from evo.running.fetching import fetch, is_mirror
from evo.running.followers import publish
from evo.running.forecast import Forecast
from evo.running.parts import prepared
from evo.running.session import Ending, start
from evo.running.session import resume as resume_run
from evo.settings.config import RunConfig
from evo.settings.function_config import read_function_config
from evo.settings.function_references import refuse_import
from evo.settings.places import NONE, PLACES
from evo.settings.run_arguments import (
    PathText,
    PlaceArguments,
    RunArguments,
    config_of,
)
from evo.sweeps.plan import find_sweep
from evo.terminal.forecast import forecast_text
from fitness.data.task import Task
from genomes.genes.registry import suggest


@stoppable()
def run(
    task: str | Task | None = None,
    *,
    config: PathText | None = None,
    progress: Wanted = "auto",
    listener: RunListener | None = None,
    watch: bool = False,
    **settings: Unpack[RunArguments],
) -> Tables:
    """Search for networks that learn a task; return the run, as `evo.load` does.

    `task` is a name as `evo run --task` takes it, or a `fitness.data.task.Task` that was made
    here; None is the config's, else digits. `config` names a TOML file whose settings stand behind
    those given here. `settings` are the options of `evo run` by name (`evo.RunConfig` lists all);
    None leaves a setting to the task where it may.

    `progress` "auto" shows the run on a terminal and in a notebook, True also elsewhere, as a line
    a generation, False nowhere. `listener` is told of every training and generation. `watch` opens
    the live page in a browser.

    Ctrl-C, SIGINT and SIGTERM end it by `evo.Interrupted` once all that was finished is saved;
    `evo.resume` goes on. A run in which nothing succeeds raises `evo.NothingSucceeded`.

    Raises `BadInput`, a ValueError, for settings that do not fit, with nothing written then, and
    ConnectionError if no cluster answers at the address.
    """
    refuse_import("evo.run")
    check_following(progress, listener)
    with in_terms_of_arguments():
        settled, given = _settled(task, config, settings)
    with following_run(progress, listener, watch=watch) as follower:
        with in_terms_of_arguments(lambda: follower.has_begun):
            ending = start(settled, follower)
        return _finished(ending, follower, given)


@dataclass(frozen=True, repr=False)
class RunForecast:
    """What a run would take, from a few founders that were trained here; printed, in words.

    `expected` has the numbers. Where workers would wait a lot, `overlapping` has those with
    generations that `overlap`.
    """

    expected: Forecast
    overlap: int
    overlapping: Forecast | None
    text: str

    def __repr__(self) -> str:
        return self.text


@stoppable()
def forecast(
    task: str | Task | None = None,
    *,
    config: PathText | None = None,
    **settings: Unpack[RunArguments],
) -> RunForecast:
    """Train a few founders and say what `evo.run` with these arguments would take.

    Nothing is written. It raises what `evo.run` raises before it begins, and `BadInput` if no
    founder could be trained.
    """
    refuse_import("evo.forecast")
    with in_terms_of_arguments():
        settled, _held = _settled(task, config, settings)  # held: it is found by its name
        dry = dry_run(settled)
        text = forecast_text(dry, prepared(settled)[1])
    return RunForecast(dry.forecast, dry.overlap, dry.overlapping, text)


@stoppable()
def resume(
    run: PathText | Tables,
    listener: RunListener | None = None,
    generations: int | None = None,
    *,
    budget_epochs: int | None = None,
    max_minutes: float | None = None,
    retry_failed: bool = False,
    task: Task | None = None,
    results: PathText = RESULTS,
    progress: Wanted = "auto",
    watch: bool = False,
    **places: Unpack[PlaceArguments],
) -> Tables:
    """Continue a run, or a search, to `generations` or `budget_epochs` in total if given.

    `run` is a name under `results`, a path, a mirror, or what `evo.load` returned. `task` is the
    Task object of a run that was started with one. `max_minutes` count from now. `retry_failed`
    trains again what failed: the history then is as if it had never failed. `places` say where it
    goes on, from now on; what is not given stays as it was. The rest is as for `evo.run`.

    Raises `BadInput`, which leaves the run as it was, `evo.Interrupted` after a signal, and
    ConnectionError if no cluster answers at the address.
    """
    refuse_import("evo.resume")
    check_following(progress, listener)
    totals = {
        "generations": generations, "budget_epochs": budget_epochs, "max_minutes": max_minutes
    }  # fmt: skip
    for name in places:
        if name not in PLACES:
            raise BadInput(suggest("argument", name, PLACES))
    with in_terms_of_arguments():
        asked = config_of({**totals, **places})
        folder = _found(run, absolute(Path(results)))
        further = Further(
            asked.generations, asked.budget_epochs, asked.max_minutes, _places(asked, places),
            retry_failed=retry_failed,
        )  # fmt: skip
        if read_function_config(folder.config) is not None:
            if task is not None:
                raise BadInput(f"received a task, but {folder.path} is a search of a function")
            resume_search(folder.path, further, progress=progress, listener=listener, watch=watch)
            return Tables(folder)
        given = task_of_run(folder, task)
    with following_run(progress, listener, watch=watch) as follower:
        with in_terms_of_arguments(lambda: follower.has_begun):
            ending = resume_run(
                folder.path,
                follower,
                further.generations,
                further.places,
                budget_epochs=further.budget_epochs,
                max_minutes=further.minutes,
                retry_failed=further.retry_failed,
            )
        return _finished(ending, follower, given)


def _places(asked: RunConfig, given: Iterable[str]) -> dict[str, object]:
    """Return the places that were given by the config's keys, None in the words that mean it."""
    values = {name: getattr(asked, name) for name in given}
    worded = {name: NONE.get(name) if x is None else x for name, x in values.items()}
    return {name: x for name, x in worded.items() if x is not None}


def _settled(
    task: str | Task | None, config: PathText | None, settings: Mapping[str, object]
) -> tuple[RunConfig, Task | None]:
    """Return the config of a run, and its task if that is an object."""
    named, given = named_task(task)
    file = None if config is None else Path(config)
    return _founded(config_of({**named, **settings}, file)), given


def _founded(config: RunConfig) -> RunConfig:
    """Return the config with the whole path of the run that founds the population, if any."""
    if config.warm_start is None:
        return config
    founder = find_run(config.warm_start, absolute(config.results))
    return config.model_copy(update={"warm_start": str(founder.path)})


def _found(run: PathText | Tables, results: Path) -> RunFolder:
    if isinstance(run, Tables):
        return run.folder
    if (begun := find_sweep(str(run), results)) is not None:
        raise BadInput(f"{begun} is a sweep: the same call of evo.sweep goes on with it")
    named = results / run
    place = str(named if named.is_dir() else run)
    return RunFolder(fetch(place)) if is_mirror(place) else find_run(str(run), results)


def _finished(ending: Ending, follower: Together, task: Task | None) -> Tables:
    """Draw the figures of a run, write its report, hand both on, and return its tables."""
    folder = RunFolder(ending.folder)
    draw_figures(folder.path)
    write_report_if_possible(folder)
    for text in publish(folder.path):
        follower.note(text)
    follower.ended(ending.reason)
    return Tables(folder, task)
