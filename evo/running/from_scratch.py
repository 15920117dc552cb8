"""Trains genomes outside of any search, and measures them on validation and test data.

What `evo retrain` and `evo sweep` have in common. Test data are measured here, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from evo.running.parts import Parts
from fitness.evaluation import Evaluation, Job
from genomes.genes.gene import Record
from runners.runner import Runner

SPLITS = ("validation", "test")


def carry_out(
    runner: Runner,
    jobs: Sequence[Job],
    finished: Callable[[Evaluation], object],
    started: Callable[[str], object] = lambda said: None,
) -> None:
    """Bring a runner up, tell `started`, then `finished` of each job as it ends; close it."""
    with closing(runner):
        started(runner.start())
        for evaluation in runner.run(jobs):
            finished(evaluation)


def measured(
    parts: Parts, expressed: Record, evaluation: Evaluation, left: Sequence[str]
) -> dict[str, float]:
    """Return the metric on both splits, and the objectives that `left` names; {} if it failed."""
    found = evaluation.objectives
    if evaluation.checkpoint is None or evaluation.status != "ok":
        return {}
    test = parts.evaluator.measure(expressed, evaluation.checkpoint, "test")
    metrics = dict(zip(SPLITS, (found[parts.metric.name], test), strict=True))
    return metrics | {name: found[name] for name in left}
