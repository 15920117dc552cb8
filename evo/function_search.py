"""`evo.search`: the engine, its strategies and records for a user's own space and function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evo.all_failed import ALL_FAILED, commonest_reason
from evo.earlier_versions import genes_apart, written_by
from evo.engine import Engine, Limits, Listener
from evo.errors import BadInput, NothingSucceeded
from evo.front import Front
from evo.function_config import (
    FunctionConfig,
    differences,
    make_epochs,
    make_plans,
    make_settings,
    read_function_config,
)
from evo.function_problem import FunctionProblem
from evo.open_axes import OpenAxes
from evo.record import RunRecord
from evo.result import OWN, Result, make_result
from evo.run_folder import RunFolder
from evo.store import Store
from evo.strategy import World, make_strategy
from fitness.function_evaluator import FunctionEvaluator, Outcome
from fitness.user_code import Costs, Feasible
from genomes.gene import Struct
from genomes.parameters import flat_parameters, parameter_struct
from runners.choose import make_runner
from runners.runner import Runner

UNFINISHED = ("", "minutes", ALL_FAILED)  # reasons after which the same call goes on


def search(
    space: Mapping[str, Any] | Struct,
    evaluate: Callable[..., Outcome],
    *,
    objectives: Mapping[str, Any],
    epochs: int | Sequence[int],
    budget_epochs: int | None = None,
    generations: int | None = None,
    population: int = 20,
    seed: int = 0,
    strategy: str = "gendered",
    costs: Costs | None = None,
    feasible: Feasible | None = None,
    reference: Mapping[str, float] | None = None,
    ideal: Mapping[str, float] | None = None,
    runner: str = "serial",
    workers: int | None = None,
    address: str | None = None,
    cpus_per_worker: float = 1.0,
    gpus_per_worker: float | None = 0.0,
    job_timeout: float | None = None,
    results: str | Path | None = None,
    name: str | None = None,
    minutes: float | None = None,
    settings: Mapping[str, Any] | None = None,
    pins: Mapping[str, Any] | None = None,
    overlap: int = 0,
    retry_failed: bool = False,
    listener: Listener | None = None,
) -> Result:
    """Search a space of your own for the points that are best by a function of your own.

    `space` maps names to genes (`evo.Integer`, `Real`, `Choice`, `ListOf`, `Conditional`, or
    mappings of these). `evaluate(parameters, epochs, seed, checkpoint)` trains and returns an
    `evo.Outcome`; what it raises is recorded as failed, with the reason, and the search goes on.
    `objectives` maps names to "max" or "min", or to a pair with the scale: ("min", "log").

    `epochs=(early, full)` calls the function with `epochs=early` first, and for those that are
    promoted again with `epochs=full` and the checkpoint that the first call returned; only the
    epochs from early to full are counted then. `epochs=N` is a single fidelity: nobody is judged
    early, predictions only decide what is tried. The search ends when `budget_epochs`,
    `generations` or `minutes` are spent, or nothing new is found any more. A call that fails
    counts all of its epochs.

    `costs(parameters)` returns what is known without training: objectives that it names are never
    predicted, other numbers help to predict. `feasible(parameters)` tells which points are
    allowed.

    The hypervolume counts against `reference`, an objective value each. What is not given is the
    worst value among the first generation's adults, by the same rule for every strategy, and then
    stays; `result.reference` and the record tell it. To compare searches, give it. `ideal` values
    only scale the objectives against each other; what is not given lies as far beyond the best of
    those adults as the worst lies behind it.

    Everything happens in this process and in memory. `runner="ray"` uses `workers` processes, of a
    Ray that is started here or of the cluster at `address` (`auto`, `HOST:PORT`, `ray://HOST:PORT`);
    None takes as many as fit. For each, Ray reserves `cpus_per_worker` cores and `gpus_per_worker`
    GPUs (a share from 0 to 1 or a whole number; None shares all of them evenly). A call that takes
    longer than `job_timeout` seconds (None: 20 times what the slowest so far would have taken, and
    five minutes at least; `inf`: never) is stopped and recorded as timed out, which another
    machine may not repeat.

    `results` keeps the record in a folder `results/name`, and calling again with the same name and
    arguments continues it, also beyond its end with more budget. `settings` overrides fields of
    `evo.strategy.Settings`, `pins` fixes genes by dotted name, as `{"predictor.kind": "ridge"}`;
    a list narrows a choice. With many workers, `overlap=1` lets the next generation begin before
    the slowest calls of one have returned. The same seed gives the same history, wherever it is
    computed.

    A search in which nothing has succeeded stops after 30 calls, and raises `NothingSucceeded`
    with the commonest reason. `retry_failed=True` calls again what failed when a search is
    continued: the history then is as if it had never failed.

    Raises `BadInput`, a ValueError, for arguments that do not fit, ConnectionError if no cluster
    answers at the address, ValueError if no worker comes up; nothing is written then.
    """
    parameters = _parameters(space, objectives)
    early, full = make_epochs(epochs)
    config = FunctionConfig(
        plans=make_plans(objectives, reference, ideal),
        parameters=parameters,
        settings=make_settings(early, full, population, settings or {}),
        limits=Limits(generations, budget_epochs, minutes),
        strategy=strategy.replace("_", "-"),
        seed=seed,
        pins=dict(pins or {}),
        overlap=overlap,
    )
    positive = {plan.name: plan.scale == "log" for plan in config.plans}
    evaluator = FunctionEvaluator(evaluate, parameters, positive, costs)
    problem = FunctionProblem(parameters, seed, early, full, costs, feasible, config.pins)
    try:
        _ = problem.space
    except ValueError as error:
        raise BadInput(f"pins: {error}") from None
    if job_timeout is not None and not (runner == "ray" and job_timeout > 0):
        raise BadInput(
            f"received job_timeout={job_timeout} with runner={runner!r}, expected more than 0 and "
            "runner='ray': in this process a call cannot be stopped"
        )
    try:
        made = make_runner(
            runner,
            evaluator,
            workers=workers,
            address=address,
            cpus_per_worker=cpus_per_worker,
            gpus_per_worker=gpus_per_worker,
            hard_limit_seconds=job_timeout,
        )
    except ValueError as error:
        raise BadInput(str(error)) from None
    run = _Run(config, problem, evaluator, made, listener or _Silence(), retry_failed)
    with closing(made):
        if results is not None:
            return run.in_folder(Path(results), name)
        if name is not None:
            raise BadInput(f"received name={name!r} without results=, the folder for it")
        if retry_failed:
            raise BadInput("received retry_failed=True without results= and name=, what to retry")
        made.start()
        return run.carry_out(RunRecord.in_memory(), None)


class _Silence:
    """Listens and says nothing."""

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Take no note."""

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take no note."""


def _parameters(space: Mapping[str, Any] | Struct, objectives: Mapping[str, Any]) -> Struct:
    try:
        parameters = parameter_struct(space)
    except ValueError as error:
        raise BadInput(str(error)) from None
    names = flat_parameters({n: None for n in parameters.fields})
    for taken, whose in ((objectives, "objective"), (OWN, "column of the history")):
        for name in names:
            if name in taken:
                raise BadInput(f"parameter {name!r} has the name of an {whose}; rename it")
    for name in objectives:
        if name in OWN:
            raise BadInput(f"objective {name!r} has the name of a column of the history")
    return parameters


@dataclass(frozen=True)
class _Run:
    """A search ready to start."""

    config: FunctionConfig
    problem: FunctionProblem
    evaluator: FunctionEvaluator
    runner: Runner
    listener: Listener
    retry_failed: bool = False

    def in_folder(self, results: Path, name: str | None) -> Result:
        """Start a run in a folder, or continue it if it is there."""
        text = self.config.to_toml(self.evaluator.function)
        path = results / (name or _free_name(results))
        if not RunFolder(path).database.is_file():
            self.runner.start()  # without workers, nothing is written
            record = RunRecord.create(path, text)
        else:
            record = RunRecord.open(path)
        with closing(record):
            written = record.folder.config.read_text(encoding="utf-8")
            earlier = read_function_config(record.folder.config)
            if earlier is None:
                raise BadInput(f"{path} is a run of networks; choose another name")
            changed = differences(written, text)
            if not any(line.startswith("space ") for line in changed):  # else the call was changed
                self._check_genes(record, earlier.get("evo_version"))
            if changed:
                raise BadInput(
                    f"{path} was started with other arguments: {'; '.join(changed)}. Repeat the "
                    "call as it was, or choose another name."
                )
            ended = record.reason() not in (None, *UNFINISHED)
            if ended and _limits(written) == _limits(text) and not self._retries(record):
                return self._read(record)
            with record.folder.lock(), record.folder.logging():
                self.runner.start()  # as it was, if it is up
                record.folder.write_config(text)
                if self.retry_failed:
                    record.retry_failed()
                return self.carry_out(record, record.folder)

    def _retries(self, record: RunRecord) -> bool:
        """Tell whether there are failed calls to be made again."""
        return self.retry_failed and any(s != "ok" for s in record.store.statuses().values())

    def _check_genes(self, record: RunRecord, version: str | None) -> None:
        """Raise `BadInput` if the population has other genes than are bred today."""
        last = record.finished_generations()
        genomes = record.store.genomes(last) if last else ()
        if apart := genes_apart(self.problem.space, genomes):
            raise BadInput(
                f"{record.folder.path} cannot go on: {apart}. It was bred by "
                f"{written_by(version)}. Choose another name, or use the evo that started it. "
                "evo runs, evo plot, evo report and evo.load take the run as it is."
            )

    def carry_out(self, record: RunRecord, folder: RunFolder | None) -> Result:
        """Run the engine to its end on workers that are up, and gather what came of it."""
        front = Front(OpenAxes(self.config.plans))
        with closing(record), closing(self.runner):
            self.runner.listen(record.hear)
            engine = Engine(
                problem=self.problem,
                strategy=make_strategy(self.config.strategy, self._world(front)),
                runner=self.runner,
                record=record,
                front=front,
                limits=self.config.limits,
                listener=self.listener,
                overlap=self.config.overlap,
            )
            reason = engine.run()
            record.end(reason, front)
            result = self._result(record.store, front, reason, folder)
            why = commonest_reason(record.store.evaluations()) if reason == ALL_FAILED else ""
        if folder is not None:
            _draw(folder)
        if reason == ALL_FAILED:
            raise NothingSucceeded(_hopeless(why, folder), result.folder, result)
        return result

    def _world(self, front: Front) -> World:
        return World(
            space=self.problem.space,
            axes=front.axes,
            settings=self.config.settings,
            seed=self.config.seed,
            costs=self.problem.costs,
        )

    def _read(self, record: RunRecord) -> Result:
        """Return the result of a run that is finished."""
        front = Front(OpenAxes(self.config.plans))
        front.axes.restore(record.axes())
        for member in record.adults():
            front.add(member)
        return self._result(record.store, front, record.reason() or "", record.folder)

    def _result(self, store: Store, front: Front, reason: str, folder: RunFolder | None) -> Result:
        path = folder.path if folder else None
        return make_result(store, front, self.config.parameters, reason, path)


def _limits(text: str) -> list[str]:
    names = ("budget_epochs", "generations", "minutes")
    return [line for line in text.splitlines() if line.startswith(names)]


def _hopeless(why: str, folder: RunFolder | None) -> str:
    """Say why a search stopped without a result, where the rest is, and what to do."""
    where = "this error's result.history" if folder is None else f"{folder.log}"
    again = "call" if folder is None else "call with this name and retry_failed=True"
    return (
        f"{why} The search stops: nothing has ever succeeded. All reasons are in {where}. Mend "
        f"it, then {again} again; if only few points can succeed, tell which by feasible=."
    )


def _free_name(results: Path) -> str:
    number = 1
    while (results / f"search-{number:03d}").exists():
        number += 1
    return f"search-{number:03d}"


def _draw(folder: RunFolder) -> None:
    from evo.plots import draw_figures
    from evo.report import write_report_if_possible

    draw_figures(folder.path)
    write_report_if_possible(folder)
