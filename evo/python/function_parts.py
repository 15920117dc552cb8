"""What carries out a search of a user's function, made of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from evo.engine.logger import load_loggers
from evo.errors import BadInput
from evo.pareto.open_axes import OpenAxes
from evo.problems.function_knowledge import Knowledge
from evo.problems.function_problem import FunctionProblem
from evo.python.result import OWN
from evo.running.assembly import Run
from evo.settings.function_config import FunctionConfig, FunctionPlaces
from fitness.evaluators.function import FunctionEvaluator
from genomes.genes.gene import Struct
from genomes.genes.user_space import flat_parameters
from runners.choose import make_runner
from runners.runner import Runner


@dataclass(frozen=True)
class FunctionParts:
    """Checked settings, and what is searched and called by them."""

    config: FunctionConfig
    problem: FunctionProblem
    evaluator: FunctionEvaluator

    @classmethod
    def of(cls, config: FunctionConfig) -> FunctionParts:
        """Return the parts; raise `BadInput` for names, loggers and points that do not fit."""
        names = [plan.name for plan in config.plans]
        _check_columns(config.parameters, names)
        load_loggers(config.places.loggers)
        given, search = config.functions, config.search
        knowledge = Knowledge(config.parameters, given.feasible, given.costs, names)
        problem = FunctionProblem.of(knowledge, search.seed, search.breeding.stages, config.pins)
        positive = {plan.name: plan.scale == "log" for plan in config.plans}
        evaluator = FunctionEvaluator(
            given.evaluate, config.parameters, positive, given.costs, given.feasible
        )
        return cls(config, problem, evaluator)

    @contextmanager
    def started(self) -> Iterator[Run]:
        """Yield the run, whose workers are not up yet; close them at the end."""
        with closing(_runner(self.config.places, self.evaluator)) as runner:
            axes = OpenAxes(self.config.plans)
            yield Run(self.config.search, self.problem, self.evaluator, runner, axes)


def _runner(places: FunctionPlaces, evaluator: FunctionEvaluator) -> Runner:
    limit, gpus = places.job_timeout, places.gpus_per_worker
    if limit != "auto" and places.runner != "ray":
        raise BadInput(
            f"received job_timeout={limit:g} with runner={places.runner!r}, expected "
            "runner='ray': in this process a call cannot be stopped"
        )
    try:
        return make_runner(
            places.runner,
            evaluator,
            workers=places.workers,
            address=places.address,
            cpus_per_worker=places.cpus_per_worker,
            gpus_per_worker=None if gpus == "auto" else gpus,
            hard_limit_seconds=None if limit == "auto" else limit,
        )
    except ValueError as error:
        raise BadInput(str(error)) from None


def _check_columns(parameters: Struct, objectives: list[str]) -> None:
    """Raise `BadInput` if a parameter or an objective has the name of another column."""
    names = flat_parameters({n: None for n in parameters.fields})
    for taken, whose in ((objectives, "an objective"), (OWN, "a column of the history")):
        for name in names:
            if name in taken:
                raise BadInput(f"parameter {name!r} has the name of {whose}; rename it")
    for name in objectives:
        if name in OWN:
            raise BadInput(f"objective {name!r} has the name of a column of the history")
