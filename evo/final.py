"""The last look at a finished search: how much of the winners' lead was luck.

A front is a maximum over many noisy measurements. Its members are measured on the test split, and
a few are trained once more from scratch under a second seed. Nothing here feeds back into a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evo.engine import Problem
from evo.front import Front, Member
from evo.pareto import knee, worthy
from evo.record import RunRecord
from fitness.inheritance import from_scratch
from fitness.network_evaluator import NetworkEvaluator
from runners.runner import Runner


def measure_front(
    record: RunRecord,
    front: Front,
    problem: Problem,
    evaluator: NetworkEvaluator,
    runner: Runner,
) -> list[dict[str, Any]]:
    """Measure and record the front's members; return its rows with what was measured.

    `test_accuracy` is for all members, `second_accuracy` (validation, trained from scratch under a
    second seed) for a few, else missing.
    """
    members = front.members()
    second = _second_seed(record, _few(front, members), problem, runner)
    rows = []
    for member, row in zip(members, front.rows(), strict=True):
        row["test_accuracy"] = _test(record, member, evaluator)
        row["second_accuracy"] = second.get(member.genome)
        rows.append(row)
    return rows


def _test(record: RunRecord, member: Member, evaluator: NetworkEvaluator) -> float | None:
    """Return the accuracy on the test split; None if the member's weights are lost."""
    known = record.measurement(member.genome, "test", 0)
    if known is not None or (checkpoint := record.weights(member.job)) is None:
        return known
    genome = record.genome(member.genome)
    accuracy = evaluator.measure(genome.expressed(), checkpoint, "test")
    record.add_measurement(member.genome, "test", 0, accuracy)
    return accuracy


def _few(front: Front, members: Sequence[Member]) -> list[Member]:
    """Choose who is best in the first objective, the knee, and who is best in the last.

    Members beyond the reference point are passed over: nobody wants them.
    """
    if not members:
        return []
    losses = front.axes.losses(member.objectives for member in members)
    rows = worthy(losses)
    chosen = {rows[losses[rows, k].argmin()] for k in (0, -1)} | {knee(losses)}
    return [members[i] for i in sorted(chosen)]


def _second_seed(
    record: RunRecord, members: Sequence[Member], problem: Problem, runner: Runner
) -> dict[str, float]:
    """Train the members from scratch under a second seed; return validation accuracies."""
    measured = {m.genome: record.measurement(m.genome, "validation", 1) for m in members}
    jobs = [
        problem.job(from_scratch(record.genome(genome)), 0, problem.adult_epochs, replicate=1)
        for genome, known in measured.items()
        if known is None
    ]
    for evaluation in runner.run(jobs):
        if evaluation.status == "ok":
            accuracy = evaluation.objectives["accuracy"]
            record.add_measurement(evaluation.genome, "validation", 1, accuracy)
            measured[evaluation.genome] = accuracy
    return {genome: accuracy for genome, accuracy in measured.items() if accuracy is not None}
