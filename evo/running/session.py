"""Starts and resumes runs: binds config, task, strategy, runner, record and engine together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evo.engine.all_failed import ALL_FAILED, commonest_reason
from evo.engine.listener import FleetListener, RunListener
from evo.engine.logger import load_loggers
from evo.engine.stopping import exit_code, stoppable
from evo.errors import BadInput, Interrupted, NothingSucceeded
from evo.files.paths import absolute, quoted, run_argument
from evo.findings.baselines import Measuring
from evo.findings.final_look import LastLook
from evo.findings.front_table import read_front
from evo.pareto.front import Front
from evo.problems.feasible_limits import check_networks
from evo.problems.network_problem import NetworkProblem
from evo.record.data_facts import data_lines, record_data, written
from evo.record.earlier_versions import genes_apart, written_by
from evo.record.given.kept import keep_given
from evo.record.recorder import NOT_REPRODUCIBLE, RunRecord
from evo.record.remeasured import set_split_sizes
from evo.running.driving import driven
from evo.running.followers import Following
from evo.running.forecasting import Forecasting
from evo.running.free_folder import free_folder
from evo.running.parts import Parts, prepared
from evo.running.warm_start import founders_of
from evo.settings.config import RunConfig, load_toml, to_toml
from evo.settings.operators import load_operators
from evo.settings.places import check_mirror, elsewhere, places_in_words
from evo.text.given_lines import given_lines
from evo.version import VERSION
from fitness.objective import Objective

UNFINISHED = ("minutes", "interrupted", ALL_FAILED)  # a resume has something to do after these
TOTALS = ("generations", "budget_epochs", "max_minutes")  # settings that a resume may raise


@dataclass(frozen=True)
class Ending:
    """How a run ended: its folder, whether and why it is finished, and its front's rows."""

    folder: Path
    finished: bool
    reason: str
    front: list[dict[str, Any]] = field(default_factory=list)


@stoppable()
def start(config: RunConfig, listener: RunListener) -> Ending:
    """Start a run; raise `BadInput` (nothing is written then) or `Interrupted` when stopped."""
    results = absolute(config.results)
    task, resolved = prepared(config)
    parts = Parts.of(resolved, task)  # every setting is checked before anything is written
    check_networks(parts.problem)
    load_loggers(resolved.loggers)
    operators = load_operators(resolved)
    founders = founders_of(resolved, parts.problem)
    folder = free_folder(resolved, results)
    config = parts.config.model_copy(update={"name": folder.name})
    with closing(parts.runner):
        said = parts.runner.start()  # without workers, nothing is written either
        record = RunRecord.create(folder, to_toml(config))
        if config.model is not None and task.given is not None:
            keep_given(task.given, folder)
        record.add_founders(founders)
        return _run(record, parts.with_own(founders, operators), said, listener)


@stoppable()
def resume(
    run: Path,
    listener: RunListener,
    generations: int | None = None,
    places: Mapping[str, Any] | None = None,
    *,
    budget_epochs: int | None = None,
    max_minutes: float | None = None,
    retry_failed: bool = False,
) -> Ending:
    """Continue a run from its record, to `generations` or `budget_epochs` in total if given.

    `max_minutes` are counted from now. `retry_failed` tries again what failed: the history then is
    as if it had never failed. `places` are settings by the config's keys that say where it goes
    on, see `evo.settings.places.PLACES`.
    All are written into its config once the workers are up. Raises `BadInput`, ValueError or
    ConnectionError, which leave the config as it was, or `Interrupted` after a signal.
    """
    run = absolute(run)
    with closing(RunRecord.open(run)) as record:
        written = load_toml(record.folder.config)
        config = elsewhere(record.folder.config, places or {})
        totals = (generations, budget_epochs, max_minutes)
        config = _prolonged(config, run.name, dict(zip(TOTALS, totals, strict=True)))
        retried = retry_failed and _anything_failed(record)
        if retry_failed and not retried:
            listener.note("Nothing has failed in this run, so there is nothing to try again.")
        if not retried and (over := _over(record, written, config)):
            if places:
                listener.note("The run is finished: it does not go on, here or elsewhere.")
            return Ending(run, True, over, read_front(record.folder))
        task, resolved = prepared(config)
        load_loggers(resolved.loggers)
        operators = load_operators(resolved)
        founders = record.founders()
        parts = Parts.of(resolved, task).with_own(founders, operators)
        _check_genes(record, parts.problem, config.evo_version)
        if config.evo_version != VERSION:
            listener.note(
                f"The run was started by evo {config.evo_version}, this is {VERSION}: from here "
                "on its history may differ from what that version would have written."
            )
        with record.folder.lock():
            check_mirror(run, parts.config.storage, written.storage)
        with closing(parts.runner):
            said = parts.runner.start()
            where = places_in_words(parts.config, places or {})
            return _run(record, parts, said, listener, where, retry_failed=retried)


def _check_genes(record: RunRecord, problem: NetworkProblem, version: str | None) -> None:
    """Raise `BadInput` if the population has other genes than are bred today."""
    last = record.finished_generations()
    if apart := genes_apart(problem.space, record.store.genomes(last) if last else ()):
        run = record.folder.path
        config = quoted(run / "config.toml")
        raise BadInput(
            f"{run} cannot go on: {apart}. It was made by {written_by(version)}. To go on, use "
            f"the evo that started it; to breed anew, `evo run {config} --name NEW`. "
            "evo show, plot, report, lineage, export and retrain take the run as it is."
        )


def _prolonged(config: RunConfig, name: str, totals: Mapping[str, float | None]) -> RunConfig:
    given = {key: total for key, total in totals.items() if total is not None}
    for key, total in given.items():
        asked = getattr(config, key) or 0
        if key != "max_minutes" and total < asked:
            raise BadInput(
                f"received --{key.replace('_', '-')} {total}, but {name} was already asked for "
                f"{asked}; give a larger total"
            )
    return config.model_copy(update=given)


def _anything_failed(record: RunRecord) -> bool:
    return any(status != "ok" for status in record.store.statuses().values())


def _over(record: RunRecord, before: RunConfig, now: RunConfig) -> str | None:
    """Return why a run does not go on, None if it does."""
    reason = record.reason()
    if reason == "exhausted":
        return "already exhausted"
    if reason == "budget" and (now.budget_epochs or 0) <= (before.budget_epochs or 0):
        return "already spent"
    done = record.finished_generations() >= (now.generations or 0)
    return "already finished" if done and reason and reason not in UNFINISHED else None


def _run(
    record: RunRecord,
    parts: Parts,
    said: str,
    listener: RunListener,
    resumed: str | None = None,
    *,
    retry_failed: bool = False,
) -> Ending:
    """Run the engine to its end; `resumed` tells, of a run that goes on, where it does so."""
    config, run = parts.config, parts.run
    front = Front(run.axes)
    record.keep_all = config.keep_all
    rewritten = None if resumed is None else to_toml(config)
    following = Following.of(config)
    with (
        _saved_on_interrupt(record),
        driven(
            record, run.runner, following, listener, config=rewritten, note=resumed or ""
        ) as followers,
    ):
        _mark_clocks(record, config)
        if isinstance(listener, FleetListener):
            listener.fleet_status(run.runner.fleet_status)
        listener.started(record.folder.path, said)
        set_split_sizes(record.store, parts.problem.task)
        facts = record_data(record.store, parts.problem.task, parts.metric)
        for line in written(data_lines(facts)) if resumed is None else ():
            listener.note(line)
        given = parts.problem.task.given
        for line in given_lines(given) if given is not None and resumed is None else ():
            listener.note(line)
        baselines = Measuring(record, parts.problem.task, parts.metric)
        baselines.on_validation()
        if retry_failed:
            record.retry_failed()
        forecasting = Forecasting(followers, record.store, run.settings, run.runner.size)
        engine = run.engine(record, front, forecasting)
        reason = engine.run()
        if reason == ALL_FAILED:
            record.end(reason, front)
            raise _nothing_succeeded(record)
        look = LastLook(record, parts.problem, parts.evaluator, parts.runner, parts.metric)
        rows = look.measure(front, engine.ledger.epochs, listener.note)
        baselines.on_test()
        if chance := record.store.meta().get(NOT_REPRODUCIBLE):
            listener.note(f"Not reproducible: another machine may not repeat this: {chance}")
        record.end(reason, front)
    return Ending(record.folder.path, reason not in UNFINISHED, reason, rows)


def _nothing_succeeded(record: RunRecord) -> NothingSucceeded:
    run = run_argument(record.folder.path)
    return NothingSucceeded(
        f"{commonest_reason(record.store.evaluations())} The run stops: nothing has ever "
        f"succeeded. `evo show {run} --events` tells all reasons. Mend the cause, then "
        f"`evo resume {run} --retry-failed`.",
        record.folder.path,
    )


def _mark_clocks(record: RunRecord, config: RunConfig) -> None:
    """Mark a run as not reproducible if a clock measures one of its objectives."""
    clocked = [name for name in config.objectives if Objective.load(name).by_the_clock]
    if clocked and NOT_REPRODUCIBLE not in record.store.meta():
        size = config.latency_batch
        text = f"{', '.join(clocked)}: measured by the clock, batch of {size}"
        record.store.set_meta({NOT_REPRODUCIBLE: text})


@contextmanager
def _saved_on_interrupt(record: RunRecord) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Interrupted(record.folder.path, exit_code(stop)) from None
