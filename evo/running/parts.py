"""What a run consists of besides its record, made from its config before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from evo.engine.engine import Limits
from evo.errors import BadInput
from evo.pareto.dominance import Axes
from evo.problems.network_problem import NetworkProblem, make_axes
from evo.running.assembly import Run
from evo.settings.config import RunConfig, located, resolve
from evo.settings.run_settings import RunSettings
from evo.settings.task_reference import task_reference
from evo.strategy import STRATEGIES, Operators, Settings
from fitness.data.loader import loader_of
from fitness.data.task import SizeLimits, Task
from fitness.data.task_names import taken_as
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.metric import Metric
from fitness.objective import Objective, metric_for_task
from fitness.plugins import import_plugins
from fitness.training.chosen_teacher import given_teaches
from fitness.training.numerics import Numerics
from fitness.training.own_loss import OwnLoss
from fitness.training.sample_batch import PROXIES
from genomes.genes.genome import Genome
from genomes.genes.registry import suggest
from runners.choose import make_runner
from runners.runner import Runner

ROOM = 2.0  # least reference of what is counted: the ideal is one


def prepared(config: RunConfig) -> tuple[Task, RunConfig]:
    """Load the task, its plugins first, and complete the config; raises `BadInput`."""
    import_plugins(config.plugins)  # which may name tasks
    given, config = config.task, located(config)  # a task may change the working directory
    task = task_reference(config).load()
    if config.task != given and not loader_of(given):
        task = replace(task, notes=(taken_as(given, config.task), *task.notes))
    return task, resolve(config, task)


def suitable(name: str, task: Task) -> Objective:
    """Load an objective; raise `BadInput` if a task cannot have it."""
    objective = Objective.load(name)
    if why := objective.unsuitable(task):
        raise BadInput(f"objective {name} is not for task {task.name}: {why}")
    return objective


@dataclass(frozen=True)
class Parts:
    """What the engine needs; `config` is complete."""

    config: RunConfig
    problem: NetworkProblem
    metric: Metric
    settings: RunSettings
    axes: Axes
    evaluator: NetworkEvaluator
    runner: Runner

    @property
    def run(self) -> Run:
        """The run, without what is peculiar to networks."""
        return Run(self.settings, self.problem, self.evaluator, self.runner, self.axes)

    def with_own(self, founders: tuple[Genome, ...], operators: Operators) -> Parts:
        """Return the parts with founders and operators of the user."""
        settings = replace(self.settings, founders=founders, operators=operators)
        return replace(self, settings=settings)

    @classmethod
    def of(cls, config: RunConfig, task: Task, reference: TaskReference | None = None) -> Parts:
        """Make the parts of a resolved config; raises ValueError for settings that do not fit.

        `reference` loads the task elsewhere; None means as the config says.
        """
        if config.strategy not in STRATEGIES.names():
            raise BadInput(suggest("strategy", config.strategy, STRATEGIES.names()))
        for name in config.proxies:
            if name not in PROXIES.names():
                raise BadInput(suggest("zero-cost proxy", name, PROXIES.names()))
        numerics, own_loss = _numerics(config), _own_loss(config, task)
        metric = metric_for_task(config.metric, task)
        objectives = [suitable(name, task) for name in config.objectives]
        given = config.reference_point or {}
        for name in given:
            if name not in config.objectives:
                raise BadInput(suggest("objective in reference_point", name, config.objectives))
        batch = config.latency_batch if any(o.by_the_clock for o in objectives) else 0
        limited = _limited(task, config)
        references = {
            o.name: given.get(o.name, o.reference_for(limited, batch)) for o in objectives
        }
        values = config.model_dump()
        problem = NetworkProblem.of(task, objectives, values, config.pins, numerics)
        where = reference or task_reference(config)
        metrics = dict.fromkeys([metric.name, *(o.name for o in objectives if o.is_metric)])
        requested = tuple(o.name for o in objectives if o.on_request)
        evaluator = NetworkEvaluator(
            where, numerics, config.proxies, batch, tuple(metrics), requested, own_loss
        )
        runner = make_runner(
            config.runner,
            evaluator,
            workers=config.workers,
            address=config.address,
            cpus_per_worker=config.cpus_per_worker,
            gpus_per_worker=_gpus(config, numerics),
            hard_limit_seconds=None if config.job_timeout == "auto" else config.job_timeout,
            ship=config.ship,
        )
        complete = config.model_copy(
            update={"reference_point": references, **_as_config(numerics)}
        )
        axes = make_axes(objectives, references, metric)
        settings = _settings(config, peers_teach=not given_teaches(problem.interface))
        return cls(complete, problem, metric, settings, axes, evaluator, runner)


def _own_loss(config: RunConfig, task: Task) -> OwnLoss | None:
    """Return the loss of the user, if there is one; raise UnusableData if it is of no use."""
    if config.loss is None:
        return None
    found = OwnLoss(config.loss)
    found.check(task)
    return found


def _settings(config: RunConfig, *, peers_teach: bool) -> RunSettings:
    return RunSettings(
        strategy=config.strategy,
        breeding=Settings(**{f.name: getattr(config, f.name) for f in fields(Settings)}),
        seed=config.seed,
        limits=Limits(config.generations or 1, config.budget_epochs, config.max_minutes),
        overlap=config.overlap,
        inherit=config.inherit,
        peers_teach=peers_teach,
    )


def _limited(task: Task, config: RunConfig) -> Task:
    """Return the task with the limits of the run: what they allow has to count for something."""
    limits = {f.name: max(ROOM, getattr(config, f.name)) for f in fields(SizeLimits)}
    return replace(task, defaults=replace(task.defaults, **limits))


def _numerics(config: RunConfig) -> Numerics:
    default = Numerics.for_device(config.device)
    return Numerics(
        default.device,
        config.precision or default.precision,
        config.memory_format or default.memory_format,
    )


def _gpus(config: RunConfig, numerics: Numerics) -> float | None:
    """Return the share of a GPU for each worker, None for an even one."""
    if config.gpus_per_worker == "auto":
        return None if numerics.device == "cuda" else 0.0
    return config.gpus_per_worker


def _as_config(numerics: Numerics) -> dict[str, str]:
    return {
        "device": numerics.device,
        "precision": numerics.precision,
        "memory_format": numerics.memory_format,
    }
