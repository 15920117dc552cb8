"""The final measurement of a search: what its front is worth on examples that selected nothing.

A front is a maximum over many noisy measurements, so it flatters. Its members are measured on the
test split, which decides nothing. Those that may be handed over are trained anew, from scratch, on
folds of the training data (`fitness.data.folds`) and measured there. After each fold the
worst drop out, so that all of it takes no more than `SHARE` of the run's epochs (but always pays
for all folds of one network). Nothing here feeds back into a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evo.findings.choice import signed
from evo.pareto.dominance import worthy
from evo.pareto.front import Front, Member
from evo.pareto.statistics import standard_error
from evo.problems.network_problem import NetworkProblem
from evo.record.front_rows import front_rows
from evo.record.recorder import RunRecord
from evo.record.remeasured import FOLD, measured_on_folds, set_counted, set_fold_sizes
from evo.text.amounts import count, percent
from fitness.data.folds import fold_sizes
from fitness.evaluators.network import NetworkEvaluator
from fitness.metric import Metric
from fitness.training.inheritance import from_scratch
from runners.runner import Runner

SHARE = 0.125  # of the run's epochs
NEAR = 4.0  # standard errors of a share of examples
NEAR_SHARE = 0.25  # of the range of a metric whose standard error is not known without folds


@dataclass(frozen=True)
class LastLook:
    """Measures a front and records it; what is recorded already is not measured again."""

    record: RunRecord
    problem: NetworkProblem
    evaluator: NetworkEvaluator
    runner: Runner
    metric: Metric

    def measure(
        self, front: Front, epochs: float, tell: Callable[[str], object]
    ) -> list[dict[str, Any]]:
        """Return the front's rows with what was measured; `epochs` is what the run took."""
        for member in front.members():
            self._test(member)
        sizes = fold_sizes(self.problem.task)
        set_fold_sizes(self.record.store, sizes)
        field = self._contenders(front)
        places = field_sizes(self._affordable(epochs, len(sizes)), len(sizes), len(field))
        tell(self._announced(len(field[: max(places, default=0)]), sum(places), epochs))
        counted: dict[str, int] = {}
        for fold, number in enumerate(places, start=1):
            field = field[:number]
            self._train(field, fold)
            field = self._by_folds(field, fold)
            counted |= {member.genome: fold for member in field}
        set_counted(self.record.store, counted)
        return front_rows(self.record.store, front)

    def _announced(self, networks: int, trainings: int, epochs: float) -> str:
        spent = trainings * self.problem.adult_epochs
        share = f", {percent(spent / epochs)} of the run's" if epochs else ""
        return (
            f"Measuring the front again: on the test split, and the best {networks} by "
            f"{trainings} trainings on folds of the training data ({count(spent)} epochs{share})."
        )

    def _affordable(self, epochs: float, folds: int) -> int:
        return max(folds, int(SHARE * epochs / self.problem.adult_epochs))

    def _test(self, member: Member) -> None:
        """Measure a member on the test split, unless that is known or its weights are lost."""
        record = self.record
        if record.measurement(member.genome, "test", 0) is not None:
            return
        if (checkpoint := record.weights(member.job)) is not None:
            expressed = record.genome(member.genome).expressed()
            value = self.evaluator.measure(expressed, checkpoint, "test")
            record.add_measurement(member.genome, "test", 0, value)

    def _contenders(self, front: Front) -> list[Member]:
        """Return the members that may be worth exporting, the best first.

        No other with weights is at least as good as one of them and smaller, and on validation
        data they are near the best; see `_near`.
        """
        ordered = sorted(front.members(), key=self._merit)
        if not ordered:
            return []
        least = self._signed(ordered[0]) + self._near(front)
        found: list[Member] = []
        for member in ordered:
            smaller = not found or _size(member) < _size(found[-1])
            near = self._signed(member) <= least
            if smaller and near and self.record.weights(member.job) is not None:
                found.append(member)
        return found

    def _near(self, front: Front) -> float:
        """Return how far behind the best a member may be on validation data to be near it.

        Of a share of examples: `NEAR` standard errors. Of other metrics, whose error only folds
        tell: `NEAR_SHARE` of the range of the members that are within the reference.
        """
        members = front.members()
        if self.metric.per_example:
            best = max(member.objectives[self.metric.name] for member in members)
            return NEAR * standard_error(best, len(self.problem.task.validation))
        rows = worthy(front.axes.losses(member.objectives for member in members))
        values = [self._signed(members[row]) for row in rows]
        return NEAR_SHARE * (max(values) - min(values))

    def _signed(self, member: Member) -> float:
        return signed(self.metric, member.objectives[self.metric.name])

    def _merit(self, member: Member) -> tuple[float, float, str]:
        return self._signed(member), _size(member), member.genome

    def _train(self, members: Sequence[Member], fold: int) -> None:
        """Train members from scratch without a fold and measure them on it, if not yet done."""
        record, epochs = self.record, self.problem.adult_epochs
        genomes = [
            from_scratch(record.genome(member.genome))
            for member in members
            if record.measurement(member.genome, FOLD, fold) is None
        ]
        jobs = [self.problem.job(genome, 0, epochs, fold=fold) for genome in genomes]
        for evaluation in self.runner.run(jobs):
            if evaluation.status == "ok":
                value = evaluation.objectives[self.metric.name]
                record.add_measurement(evaluation.genome, FOLD, fold, value)

    def _by_folds(self, members: Sequence[Member], folds: int) -> list[Member]:
        """Order members by the metric on the folds so far, without those that failed on one."""
        known = {
            genome: signed(self.metric, one.upto(folds).value)
            for genome, one in measured_on_folds(self.record.store).items()
            if len(one.folds) >= folds
        }
        sound = [member for member in members if member.genome in known]
        return sorted(sound, key=lambda m: (known[m.genome], *self._merit(m)))


def field_sizes(trainings: int, folds: int, candidates: int) -> list[int]:
    """Return how many are trained on each fold; half of the first field is left at the last.

    As many begin as so many trainings allow.
    """
    for first in range(candidates, 0, -1):
        fields = [first - (first // 2) * fold // max(1, folds - 1) for fold in range(folds)]
        if sum(fields) <= trainings:
            return fields
    return []


def _size(member: Member) -> float:
    return member.objectives["active_parameters"]
