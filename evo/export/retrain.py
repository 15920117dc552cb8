"""Trains a network of a run again from scratch, under seeds of its own.

The genome and its inherited channel mask stay; inherited weights do not. So the figures say what
the network is worth without its ancestors' training and without the luck of being chosen. The
run's record is only read; the test split is measured here, and nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from evo.errors import BadInput
from evo.export.generations import School
from evo.export.retrained import Retrained
from evo.export.teachers import ENSEMBLE, TeachingPlan, find_lineage
from evo.findings.front_table import best_of_front
from evo.record.lookup import find_genome
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.parts import Parts, prepared
from evo.settings.config import RunConfig, load_toml, metric_of
from evo.settings.task_reference import task_reference
from fitness.data.refit import RefitReference, merged
from fitness.data.task import Task
from fitness.metric import Metric
from fitness.regimen import NONE, Regimen
from fitness.training.inheritance import from_scratch

NOBODY = TeachingPlan()


@dataclass(frozen=True)
class RetrainingReport:
    """What came of it: the trainings by generation and seed, and what the run had recorded.

    `recorded` holds the `metric` on `validation` and `test` data, `inherited_epochs` and
    `inherited_share` as far as the run knows them.
    """

    genome: str
    epochs: int
    generations: Mapping[int, Sequence[Retrained]]
    recorded: dict[str, float]
    metric: Metric

    @property
    def rows(self) -> Sequence[Retrained]:
        """The trainings of the last generation."""
        return self.generations[max(self.generations)]


def retrain(
    folder: RunFolder,
    genome: str | None = None,
    epochs: int | None = None,
    seeds: int = 3,
    done: Callable[[Retrained], object] = lambda row: None,
    *,
    refit: bool = False,
    average: str = NONE,
    teaching: TeachingPlan = NOBODY,
) -> RetrainingReport:
    """Train a genome (else the best of the front) from scratch under seeds 1, 2, ...

    `epochs` None means the run's adult epochs. Each training that is finished is written to
    `retrained.csv`, its weights are kept in `retrained/`, and the next call does not repeat it.
    With `refit` it trains on train and validation data, and only test data measure it; `average`
    is of the weights over a training, see `fitness.training.averaging`. Raises `BadInput` for an
    unknown genome or average, a female, numbers below one, an empty front, and a teacher that is
    missing or of another task.
    """
    regimen = _checked(epochs, seeds, average, teaching)
    config = load_toml(folder.config)
    identity = genome or best_of_front(folder, metric_of(config))
    with Store.open(folder.database, read_only=True) as store:
        found = find_genome(store, identity)
        recorded = _recorded(store, identity, metric_of(config))
    if found.sex == "female":
        raise BadInput(f"{identity} is a female: she is a predictor, not a network")
    task, resolved = prepared(config)
    lineage = find_lineage(teaching, folder, task)
    parts = _parts(resolved, task, epochs, refit=refit)
    school = School(folder, parts, from_scratch(found), lineage, regimen, refit, done)
    generations = school.train(range(1, seeds + 1))
    length = parts.problem.adult_epochs
    return RetrainingReport(identity, length, generations, recorded, parts.metric)


def _checked(epochs: int | None, seeds: int, average: str, teaching: TeachingPlan) -> Regimen:
    """Return the regimen without its teachers; raise `BadInput` for what is not allowed."""
    for name, number in (("epochs", epochs), ("seeds", seeds)):
        if number is not None and number < 1:
            raise BadInput(f"--{name}: received {number}, expected at least 1")
    if teaching.teacher == ENSEMBLE and seeds < 2:
        raise BadInput(
            f"--teacher ensemble: the mean over {seeds} seed teaches no more than itself; give "
            "--seeds 2 or more"
        )
    try:
        return Regimen(average)
    except ValueError as error:
        raise BadInput(f"--average: {error}") from None


def _parts(config: RunConfig, task: Task, epochs: int | None, *, refit: bool) -> Parts:
    """Make the parts of a training of so many epochs, by default the run's."""
    if refit:
        reference = RefitReference(**vars(task_reference(config)))
        parts = Parts.of(config, merged(task), reference)
    else:
        parts = Parts.of(config, task)
    length = epochs or parts.problem.adult_epochs
    return replace(parts, problem=replace(parts.problem, adult_epochs=length))


def _recorded(store: Store, identity: str, metric: Metric) -> dict[str, float]:
    trial = store.find_trial(identity, "adult")
    evaluation = store.find_evaluation(trial.evaluation) if trial else None
    if evaluation is None or evaluation.status != "ok":
        return {}
    recorded = {"validation": evaluation.objectives[metric.name]}
    for name in ("inherited_epochs", "inherited_share"):
        recorded[name] = evaluation.costs.get(name, 0.0)
    for found in store.measurements():
        if (found.genome, found.split, found.replicate) == (identity, "test", 0):
            recorded["test"] = found.value
    return recorded
