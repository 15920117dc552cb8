"""How sure the metric of a front's members is, and who leads over smaller ones beyond chance.

On validation data, by which the front was chosen. What decides a choice is `evo.findings.choice`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import variance
from typing import Any

from evo.pareto.statistics import NORMAL_95, standard_error, student_t, wilson_interval
from evo.record.remeasured import Remeasured, remeasurements, split_size
from evo.record.store import Store
from fitness.metric import METRICS, Metric

Row = Mapping[str, Any]
LOW, HIGH = "_low", "_high"  # after the name of the metric: the ends of its 95 % interval
LEADS = "leads"  # the column: whether a member leads over smaller ones by more than chance


@dataclass(frozen=True)
class MetricChance:
    """By how much a metric on the validation split varies by chance.

    `error` is its standard error by its value, `reach` how many of them 95 % lie within.
    """

    metric: Metric
    examples: int = 0  # of shares of examples
    deviation: float = math.nan  # of other metrics, known from folds that are as large
    reach: float = NORMAL_95

    @classmethod
    def of(cls, store: Store, name: str) -> MetricChance | None:
        """Read it from a record; None where nothing tells it."""
        if name not in METRICS:
            return None
        metric = Metric.load(name)
        if metric.per_example:
            examples = split_size(store, "validation")
            return cls(metric, examples) if examples else None
        return cls.of_folds(metric, remeasurements(store))

    @classmethod
    def of_folds(cls, metric: Metric, measured: Mapping[str, Remeasured]) -> MetricChance | None:
        """Return what trainings on folds tell; None where no network has two.

        The variance among the folds of a network is averaged over all networks. They share the
        folds, so Student's t counts those of one network alone.
        """
        found = [one.folds for one in measured.values() if len(one.folds) > 1]
        if not found:
            return None
        deviation = math.sqrt(sum(map(variance, found)) / len(found))
        return cls(metric, deviation=deviation, reach=student_t(max(map(len, found)) - 1))

    def error(self, value: float) -> float:
        """Return the standard error of a value of the metric."""
        per_example = self.metric.per_example
        return standard_error(value, self.examples) if per_example else self.deviation

    def interval(self, value: float) -> tuple[float, float]:
        """Return the 95 % interval of a value: Wilson's of shares, else Student's."""
        if self.metric.per_example:
            return wilson_interval(round(value * self.examples), self.examples)
        ideal, half = self.metric.ideal, self.reach * self.deviation
        low, high = value - half, value + half
        return (low, min(high, ideal)) if self.metric.rises else (max(low, ideal), high)

    def differs(self, better: float, worse: float) -> bool:
        """Tell whether one value is better than another one by more than chance explains.

        As if they were measured on different examples. They are the same, so a test that knew each
        answer would see some differences that this one does not.
        """
        lead = better - worse if self.metric.rises else worse - better
        return lead > self.reach * math.hypot(self.error(better), self.error(worse))


def with_intervals(rows: Sequence[Row], chance: MetricChance | None) -> list[dict[str, Any]]:
    """Return rows of a front with the interval of their metric, and who leads beyond chance.

    From the smallest up, a member leads if it is better beyond chance than the last that leads.
    Where nothing tells the chance, the columns are missing.
    """
    if chance is None:
        return [dict(row) for row in rows]
    leaders = _leaders(rows, chance)
    name, found = chance.metric.name, []
    for row in rows:
        low, high = chance.interval(row[name])
        leads = row["genome"] in leaders
        found.append({**row, name + LOW: low, name + HIGH: high, LEADS: leads})
    return found


def _leaders(rows: Sequence[Row], chance: MetricChance) -> set[str]:
    name = chance.metric.name
    sign = -1.0 if chance.metric.rises else 1.0
    ordered = sorted(
        rows, key=lambda row: (row["active_parameters"], sign * row[name], row["genome"])
    )
    leaders: list[Row] = []
    for row in ordered:
        if not leaders or chance.differs(row[name], leaders[-1][name]):
            leaders.append(row)
    return {row["genome"] for row in leaders}
