"""Starts and resumes runs: binds config, task, strategy, runner, record and engine together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from evo.atomic_file import RecordError
from evo.baselines import Measuring
from evo.companions import Companions
from evo.config import RunConfig, load_toml, to_toml
from evo.earlier_versions import genes_apart, written_by
from evo.engine import Engine, Limits
from evo.errors import BadInput, Interrupted
from evo.final import LastLook
from evo.foreseeing import Foreseeing, add_wall_seconds
from evo.free_folder import free_folder
from evo.front import Front
from evo.front_table import read_front
from evo.logger import load_loggers
from evo.parts import Parts, prepared
from evo.places import check_mirror, elsewhere, told
from evo.problem import NetworkProblem
from evo.record import NOT_REPRODUCIBLE, RunRecord
from evo.remeasured import set_split_sizes
from evo.strategy import inherits_weights, make_strategy
from evo.version import VERSION
from evo.warm_start import founders_of
from fitness.objective import Objective
from runners.events import Crew

UNFINISHED = ("minutes", "interrupted")  # reasons after which a resume has something to do


class Listener(Protocol):
    """Whoever follows a run: the screen, a notebook, a test."""

    def started(self, folder: Path, text: str) -> None:
        """Take note that the run's folder exists and its workers are up."""

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Take note of a finished generation."""

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take note that `done` of `total` trainings of this stage are finished."""

    def note(self, text: str) -> None:
        """Take note of something worth a line."""


@runtime_checkable
class CrewListener(Protocol):
    """A listener that also shows what the workers do."""

    def crew(self, look: Callable[[], Crew]) -> None:
        """Take note of how to see, at any time, who is up and busy."""


@dataclass(frozen=True)
class Ending:
    """How a run ended: its folder, whether and why it is finished, and its front's rows."""

    folder: Path
    finished: bool
    reason: str
    front: list[dict[str, Any]] = field(default_factory=list)


def start(config: RunConfig, listener: Listener) -> Ending:
    """Start a run; raise `BadInput` (nothing is written then) or `Interrupted` after Ctrl-C."""
    task, resolved = prepared(config)
    parts = Parts.of(resolved, task)  # every setting is checked before anything is written
    load_loggers(resolved.loggers)
    founders = founders_of(resolved, parts.problem)
    folder = free_folder(resolved)
    config = parts.config.model_copy(update={"name": folder.name})
    with closing(parts.runner):
        said = parts.runner.start()  # without workers, nothing is written either
        record = RunRecord.create(folder, to_toml(config))
        record.add_founders(founders)
        return _run(record, replace(parts, founders=founders), said, listener)


def resume(
    run: Path,
    listener: Listener,
    generations: int | None = None,
    places: Mapping[str, Any] | None = None,
) -> Ending:
    """Continue a run from its record, to `generations` in total if given.

    `places` are settings by the config's keys that say where it goes on, see `evo.places.PLACES`.
    Both are written into its config once the workers are up. Raises `BadInput`, ValueError or
    ConnectionError, which leave the config as it was, or `Interrupted` after Ctrl-C.
    """
    with closing(RunRecord.open(run)) as record:
        written = load_toml(record.folder.config)
        config = elsewhere(record.folder.config, places or {})
        if generations is not None:
            config = _prolonged(config, run.name, generations)
        reason = record.reason()
        done = record.finished_generations() >= (config.generations or 0)
        if reason in ("budget", "exhausted") or (done and reason and reason not in UNFINISHED):
            if places:
                listener.note("The run is finished: it does not go on, here or elsewhere.")
            return Ending(run, True, "already finished", read_front(record.folder))
        task, resolved = prepared(config)
        load_loggers(resolved.loggers)
        parts = replace(Parts.of(resolved, task), founders=record.founders())
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
            return _run(record, parts, said, listener, told(parts.config, places or {}))


def _check_genes(record: RunRecord, problem: NetworkProblem, version: str | None) -> None:
    """Raise `BadInput` if the population has other genes than are bred today."""
    last = record.finished_generations()
    if apart := genes_apart(problem.space, record.store.genomes(last) if last else ()):
        run = record.folder.path
        raise BadInput(
            f"{run} cannot go on: {apart}. It was bred by {written_by(version)}. To go on, use "
            f"the evo that started it; to breed anew, `evo run {run / 'config.toml'} --name NEW`. "
            "evo show, plot, report, lineage, export and retrain take the run as it is."
        )


def _prolonged(config: RunConfig, name: str, generations: int) -> RunConfig:
    if generations < (config.generations or 0):
        raise BadInput(
            f"received --generations {generations}, but {name} was already asked for "
            f"{config.generations}; give a larger total"
        )
    return config.model_copy(update={"generations": generations})


def _run(
    record: RunRecord, parts: Parts, said: str, listener: Listener, resumed: str | None = None
) -> Ending:
    """Run the engine to its end; `resumed` tells, of a run that goes on, where it does so."""
    config, world = parts.config, replace(parts.world, founders=parts.founders)
    front = Front(world.axes)
    engine = Engine(
        problem=parts.problem,
        strategy=make_strategy(config.strategy, world),
        runner=parts.runner,
        record=record,
        front=front,
        limits=Limits(config.generations or 1, config.budget_epochs, config.max_minutes),
        listener=listener,  # replaced when the workers are up
        bequeath=inherits_weights(config.inherit),
        overlap=config.overlap,
    )
    began = time.monotonic()
    record.keep_all = config.keep_all
    with (
        record.folder.lock(),
        record.folder.logging(),
        _saved_on_interrupt(record),
        _accompanied(record, config, listener, resumed) as companions,
    ):
        try:
            _mark_clocks(record, config)
            parts.runner.listen(record.hear)
            if isinstance(listener, CrewListener):
                listener.crew(parts.runner.crew)
            listener.started(record.folder.path, said)
            set_split_sizes(record.store, parts.problem.task)
            baselines = Measuring(record, parts.problem.task)
            baselines.on_validation()
            engine.listener = Foreseeing(
                companions, record.store, config, world.settings, parts.runner.size
            )
            reason = engine.run()
            look = LastLook(record, parts.problem, parts.evaluator, parts.runner)
            rows = look.measure(front, engine.ledger.epochs, listener.note)
            baselines.on_test()
            if chance := record.store.meta().get(NOT_REPRODUCIBLE):
                listener.note(f"Not reproducible: another machine may not repeat this: {chance}")
            record.end(reason, front)
        finally:
            try:
                parts.runner.close()
            finally:  # a second Ctrl-C stops the workers' leave-taking, not the record's
                with suppress(RecordError):  # of a full disk we have heard already
                    companions.stop(finished=bool(record.reason()))
                    add_wall_seconds(record.store, time.monotonic() - began)
                record.close()
    return Ending(record.folder.path, reason not in UNFINISHED, reason, rows)


@contextmanager
def _accompanied(
    record: RunRecord, config: RunConfig, listener: Listener, resumed: str | None
) -> Iterator[Companions]:
    """Let mirror and loggers follow a run; the record is closed inside."""
    with closing(record):
        companions = Companions.begin(record, config, listener)
        with closing(companions):
            if resumed is not None:  # all is up and claimed, so nothing is refused from here on
                record.folder.write_config(to_toml(config))
            if resumed:
                record.note("info", resumed)
            companions.request()  # from the first moment on there is something to go on from
            yield companions


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
    except KeyboardInterrupt:
        raise Interrupted(record.folder.path) from None
