"""`evo.search`: the engine, its strategies and records for a user's own space and function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Literal

from evo.engine.engine import Limits
from evo.engine.listener import Listener
from evo.engine.logger import load_loggers
from evo.engine.stopping import stoppable
from evo.errors import BadInput
from evo.pareto.open_axes import OpenAxes
from evo.problems.function_knowledge import Knowledge
from evo.problems.function_problem import FunctionProblem
from evo.python.function_run import FunctionRun
from evo.python.result import OWN, Result
from evo.python.search_progress import following
from evo.running.assembly import Run
from evo.settings.config import RunConfig
from evo.settings.function_arguments import (
    check_function,
    check_names,
    check_pins,
    check_settings,
    checked,
    folder_of,
)
from evo.settings.function_config import (
    Aim,
    FunctionConfig,
    make_epochs,
    make_plans,
    usual_settings,
)
from evo.settings.operators import check_operators
from evo.settings.run_arguments import PinValue
from evo.settings.run_settings import RunSettings
from evo.storage.places import as_written
from evo.strategy import Settings
from fitness.evaluators.function import Function, FunctionEvaluator
from fitness.evaluators.user_code import Costs, Feasible
from genomes.genes.gene import Struct
from genomes.genes.number import shown
from genomes.genes.user_space import Parameter, flat_parameters, parameter_struct
from runners.choose import make_runner
from runners.runner import Runner

NO_SETTINGS = ("population", "juvenile_epochs", "adult_epochs")  # have arguments of their own


@stoppable()
def search(
    space: Mapping[str, Parameter] | Struct,
    evaluate: Function,
    *,
    objectives: Mapping[str, Aim],
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
    runner: Literal["serial", "ray"] = "serial",
    workers: int | None = None,
    address: str | None = None,
    cpus_per_worker: float = 1.0,
    gpus_per_worker: float | None = 0.0,
    job_timeout: float | None = None,
    results: str | Path | None = None,
    name: str | None = None,
    storage: str | None = None,
    loggers: Sequence[str] = (),
    keep_all: bool = False,
    watch: bool = False,
    minutes: float | None = None,
    settings: Mapping[str, float | str] | None = None,
    pins: Mapping[str, PinValue] | None = None,
    operators: Mapping[str, Callable[..., object] | str] | None = None,
    overlap: int = 0,
    retry_failed: bool = False,
    progress: Literal["auto"] | bool = "auto",
    listener: Listener | None = None,
) -> Result:
    """Search a space of your own for the points that are best by a function of your own.

    `space` maps names to genes (`evo.Integer`, `Real`, `Choice`, `ListOf`, `Conditional`, or
    mappings of these). `evaluate(parameters, epochs, seed, checkpoint)` trains and returns an
    `evo.Outcome`; what it raises is recorded as failed, with the reason, and the search goes on.
    `objectives` maps names to "max" or "min", or to a pair with the scale: ("min", "log").

    `epochs=(early, full)` calls the function with `epochs=early` first, and for those that are
    promoted again with `epochs=full` and the checkpoint that the first call returned; only the
    epochs from early to full are counted then. `epochs=N` is a single fidelity: none is promoted
    early, predictions only decide what is tried. The search ends when `budget_epochs`,
    `generations` or `minutes` are spent, or nothing new is found any more. A call that fails
    counts all of its epochs.

    `costs(parameters)` returns what is known without training: objectives that it names are never
    predicted, other numbers help to predict. `feasible(parameters)` tells which points are
    allowed.

    The hypervolume counts against `reference`, an objective value each. What is not given is the
    worst value among the first adults, far outliers left out, and stays; `result.reference`
    and the record tell it. To compare searches, give it. `ideal` values only scale the objectives
    against each other; what is not given lies as far beyond the best as the worst lies behind it.

    Everything happens in this process and in memory. `runner="ray"` uses `workers` processes, of a
    Ray that is started here or of the cluster at `address` (`auto`, `HOST:PORT`, `ray://HOST:PORT`);
    None takes as many as fit. For each, Ray reserves `cpus_per_worker` cores and `gpus_per_worker`
    GPUs (a share from 0 to 1 or a whole number; None shares all of them evenly). A call that takes
    longer than `job_timeout` seconds (None: 20 times what the slowest so far would have taken, and
    five minutes at least; `inf`: never) is stopped and recorded as timed out, which another
    machine may not repeat.

    `results` keeps the record in a folder `results/name`, and calling again with the same name and
    arguments continues it, also beyond its end with more budget. Such a search may have a mirror
    in the folder or object store `storage`, tell `loggers` (tensorboard, mlflow), keep all
    checkpoints with `keep_all`, and open the live page with `watch`.

    `settings` overrides fields of `evo.strategy.Settings`, `pins` fixes genes by dotted name, as
    `{"predictor.kind": "ridge"}`; a list narrows a choice. `operators` exchanges operators of the
    strategy, as `{"survive": deap.tools.selSPEA2}`, or by text, `"package.module:function"`; see
    docs/strategies.md. With many workers, `overlap=1` lets the next generation begin before the
    slowest calls of one have returned. The same seed gives the same history, wherever it is
    computed.

    `progress` "auto" shows how far it is on a terminal and in a notebook, True also elsewhere,
    False nowhere; `listener` is told of every call and generation.

    A search in which nothing has succeeded stops after 30 calls, and raises `NothingSucceeded`
    with the commonest reason. `retry_failed=True` calls again what failed when a search is
    continued: the history then is as if it had never failed.

    Ctrl-C, SIGINT and SIGTERM end it by a `KeyboardInterrupt` once all that was finished is saved,
    also where SIGINT was ignored; of SIGTERM, it is a SystemExit with code 143, too.

    Raises `BadInput`, a ValueError, for arguments that do not fit, ConnectionError if no cluster
    answers at the address, ValueError if no worker comes up; nothing is written then.
    """
    early, full = make_epochs(epochs)
    arguments = checked(
        {
            "generations": generations, "budget_epochs": budget_epochs, "minutes": minutes,
            "population": population, "seed": seed, "strategy": strategy, "overlap": overlap,
            "runner": runner, "workers": workers, "address": address,
            "cpus_per_worker": cpus_per_worker, "gpus_per_worker": gpus_per_worker,
            "job_timeout": job_timeout, "name": name, "storage": storage, "loggers": loggers,
            "keep_all": keep_all,
        },
        check_settings({} if settings is None else settings, _names_of_settings()),
    )  # fmt: skip
    plans = make_plans(objectives, reference, ideal)
    parameters = _parameters(space, objectives)
    _check_functions(evaluate, costs, feasible)
    config = FunctionConfig(
        plans=plans,
        parameters=parameters,
        search=RunSettings(
            strategy=arguments.strategy,
            breeding=_breeding(arguments, early, full, settings or {}),
            seed=arguments.seed,
            limits=Limits(arguments.generations, arguments.budget_epochs, arguments.max_minutes),
            overlap=arguments.overlap,
            operators=check_operators(
                arguments.strategy,
                check_names("operators", {} if operators is None else operators),
            ),
        ),
        pins=check_pins({} if pins is None else pins),
        storage=None if arguments.storage is None else as_written(arguments.storage),
        loggers=arguments.loggers,
        keep_all=arguments.keep_all,
    )
    load_loggers(config.loggers)
    knowledge = Knowledge(parameters, feasible, costs, tuple(objectives))
    problem = FunctionProblem.of(knowledge, arguments.seed, (early, full), config.pins)
    positive = {plan.name: plan.scale == "log" for plan in plans}
    evaluator = FunctionEvaluator(evaluate, parameters, positive, costs, feasible)
    if progress not in ("auto", True, False):
        raise BadInput(f"received progress={progress!r}, expected 'auto', True or False")
    place = None if results is None else folder_of(results)
    if place is None:
        _check_homeless(
            name=name, storage=storage, loggers=loggers, keep_all=keep_all, watch=watch,
            retry_failed=retry_failed,
        )  # fmt: skip
    made = _runner(arguments, evaluator)
    limits = config.search.limits
    with closing(made), following(progress, limits, listener, watch=watch) as follower:
        run = Run(config.search, problem, evaluator, made, OpenAxes(plans))
        search = FunctionRun(config, run, evaluator, follower, retry_failed)
        return search.in_memory() if place is None else search.in_folder(place, arguments.name)


def _check_homeless(**given: object) -> None:
    """Raise `BadInput` for arguments that a search without a folder has no use for."""
    for name, value in given.items():
        if value:
            raise BadInput(
                f"received {name}={shown(value)} without results=, the folder in which the search "
                "lies"
            )


def _names_of_settings() -> set[str]:
    return {field.name for field in fields(Settings)} - set(NO_SETTINGS)


def _breeding(
    arguments: RunConfig, early: int, full: int, given: Mapping[str, object]
) -> Settings:
    usual = usual_settings(early, full, arguments.population or 0)
    return Settings(**usual | {name: getattr(arguments, name) for name in given})


def _check_functions(evaluate: Function, costs: Costs | None, feasible: Feasible | None) -> None:
    check_function("evaluate", evaluate, ("parameters", "epochs", "seed", "checkpoint"))
    for name, function in (("costs", costs), ("feasible", feasible)):
        if function is not None:
            check_function(name, function, ("parameters",))


def _runner(arguments: RunConfig, evaluator: FunctionEvaluator) -> Runner:
    limit, gpus = arguments.job_timeout, arguments.gpus_per_worker
    if limit != "auto" and arguments.runner != "ray":
        raise BadInput(
            f"received job_timeout={limit:g} with runner={arguments.runner!r}, expected "
            "runner='ray': in this process a call cannot be stopped"
        )
    try:
        return make_runner(
            arguments.runner,
            evaluator,
            workers=arguments.workers,
            address=arguments.address,
            cpus_per_worker=arguments.cpus_per_worker,
            gpus_per_worker=None if gpus == "auto" else gpus,
            hard_limit_seconds=None if limit == "auto" else limit,
        )
    except ValueError as error:
        raise BadInput(str(error)) from None


def _parameters(space: Mapping[str, Parameter] | Struct, objectives: Mapping[str, Aim]) -> Struct:
    parameters = parameter_struct(space)
    names = flat_parameters({n: None for n in parameters.fields})
    for taken, whose in ((objectives, "an objective"), (OWN, "a column of the history")):
        for name in names:
            if name in taken:
                raise BadInput(f"parameter {name!r} has the name of {whose}; rename it")
    for name in objectives:
        if name in OWN:
            raise BadInput(f"objective {name!r} has the name of a column of the history")
    return parameters
