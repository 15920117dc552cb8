"""Trains a network of a run again from scratch, under seeds of its own.

The genome and its inherited channel mask stay; inherited weights do not. So the figures say what
the network is worth without its ancestors' training and without the luck of being chosen. The
run's record is only read; the test split is measured here, and nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from evo.errors import BadInput
from evo.export.retrained import LEFT, Retrained, read_retrained, weights_of, write_retrained
from evo.findings.choice import by_merit
from evo.findings.front_table import read_front
from evo.record.lookup import find_genome
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.from_scratch import carry_out, measured
from evo.running.parts import Parts, prepared
from evo.settings.config import load_toml, metric_of
from evo.settings.task_reference import task_reference
from fitness.data.refit import RefitReference, merged
from fitness.evaluation import Evaluation, Job
from fitness.metric import Metric
from fitness.regimen import NONE, Regimen
from fitness.training.inheritance import from_scratch
from genomes.genes.genome import Genome


@dataclass(frozen=True)
class RetrainingReport:
    """What came of it: the trainings in order of their seeds, and what the run had recorded.

    `recorded` holds the `metric` on `validation` and `test` data, `inherited_epochs` and
    `inherited_share` as far as the run knows them.
    """

    genome: str
    epochs: int
    rows: Sequence[Retrained]
    recorded: dict[str, float]
    metric: Metric


def retrain(
    folder: RunFolder,
    genome: str | None = None,
    epochs: int | None = None,
    seeds: int = 3,
    done: Callable[[Retrained], object] = lambda row: None,
    *,
    refit: bool = False,
    average: str = NONE,
) -> RetrainingReport:
    """Train a genome (else the best of the front) from scratch under seeds 1, 2, ...

    `epochs` None means the run's adult epochs. Each training that is finished is written to
    `retrained.csv`, its weights are kept in `retrained/`, and the next call does not repeat it.
    With `refit` it trains on train and validation data, and only test data measure it; `average`
    is of the weights over a training, see `fitness.training.averaging`. Raises `BadInput` for an
    unknown genome or average, a female, numbers below one, and an empty front.
    """
    regimen = _checked(average)
    for name, number in (("epochs", epochs), ("seeds", seeds)):
        if number is not None and number < 1:
            raise BadInput(f"--{name}: received {number}, expected at least 1")
    config = load_toml(folder.config)
    identity = genome or best_of_front(folder, metric_of(config))
    with Store.open(folder.database, read_only=True) as store:
        found = find_genome(store, identity)
        recorded = _recorded(store, identity, metric_of(config))
    if found.sex == "female":
        raise BadInput(f"{identity} is a female: she is a predictor, not a network")
    task, resolved = prepared(config)
    plan = task_reference(resolved)
    if refit:
        parts = Parts.of(resolved, merged(task), RefitReference(**vars(plan)))
    else:
        parts = Parts.of(resolved, task)
    length = epochs or parts.problem.adult_epochs
    problem = replace(parts.problem, adult_epochs=length)
    plain = from_scratch(found)
    jobs = [
        problem.job(plain, 0, length, replicate=seed, regimen=regimen)
        for seed in range(1, seeds + 1)
    ]
    row_of = partial(_row, parts, plain, refit=refit, average=average)
    rows = _trained(folder, parts, jobs, row_of, done)
    return RetrainingReport(identity, length, rows, recorded, parts.metric)


def _checked(average: str) -> Regimen:
    try:
        return Regimen(average)
    except ValueError as error:
        raise BadInput(f"--average: {error}") from None


def best_of_front(folder: RunFolder, metric: Metric) -> str:
    """Return who is best on the front by the metric; ties go to fewer active parameters."""
    front = read_front(folder)
    if not front:
        raise BadInput("the front of this run is empty so far: no network has been fully trained")
    return str(min(front, key=by_merit(metric))["genome"])


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


def _trained(
    folder: RunFolder,
    parts: Parts,
    jobs: Sequence[Job],
    row_of: Callable[[Evaluation, int], Retrained],
    done: Callable[[Retrained], object],
) -> list[Retrained]:
    """Carry out the jobs that were not carried out before; `done` is called with each."""
    known = {(row.genome, row.key): row for row in read_retrained(folder)}
    kept = weights_of(folder)
    there = kept.names()  # none of before weights were kept
    missing = [j for j in jobs if (j.genome, j.key) not in known or j.key not in there]
    seeds = {job.key: seed for seed, job in enumerate(jobs, start=1)}

    def keep(evaluation: Evaluation) -> None:
        if evaluation.checkpoint is not None:
            kept.write(evaluation.key, evaluation.checkpoint)
        row = row_of(evaluation, seeds[evaluation.key])
        known[row.genome, row.key] = row
        write_retrained(folder, known.values())
        done(row)

    if missing:
        kept.path.mkdir(exist_ok=True)
        carry_out(parts.runner, missing, keep)
    return [known[job.genome, job.key] for job in jobs]


def _row(
    parts: Parts, genome: Genome, evaluation: Evaluation, seed: int, *, refit: bool, average: str
) -> Retrained:
    found = measured(parts, genome.expressed(), evaluation, LEFT)
    if refit:
        found.pop("validation", None)
    return Retrained(
        genome.id,
        evaluation.to_epoch,
        seed,
        evaluation.key,
        evaluation.status,
        refit=refit,
        average=average,
        **found,
    )
