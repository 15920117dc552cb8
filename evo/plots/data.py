"""What the figures need of a run's record, as plain tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from evo.findings.baselines import Baseline
from evo.record.front_intervals import MetricChance
from fitness.metric import METRICS, Metric
from fitness.prediction.features import main_outcome


@dataclass(frozen=True)
class RunData:
    """A run as the figures see it.

    `adults`: one row a network trained to the end, with `genome`, `generation`, the objectives,
    `on_front` (non-dominated under the run's objectives) and `ratio_front` (in the metric and
    active ratio alone, whatever the run's objectives). `generations`: one row a generation, the
    keys of its summary. `exported`: genomes that were exported. `metric`: what learning curves
    measure, None for those of a user's function. `objectives`: their names, in the run's order.
    `curves`: one row an epoch of a network trained to the end, with what mechanisms left.
    `baselines`: what the task gives without a search, the trivial one first. `chance`: by how much
    the metric varies, if the record tells it.
    """

    name: str
    adults: pd.DataFrame
    generations: pd.DataFrame
    exported: tuple[str, ...] = ()
    metric: Metric | None = None
    objectives: tuple[str, ...] = ()
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    baselines: tuple[Baseline, ...] = ()
    chance: MetricChance | None = None

    def front(self) -> pd.DataFrame:
        """Return the adults on the front."""
        return self.adults[self.adults["on_front"]]

    def dominated(self) -> pd.DataFrame:
        """Return the other adults."""
        return self.adults[~self.adults["on_front"]]

    @property
    def main(self) -> str:
        """The objective that the search is about first of all."""
        return self.objectives[main_outcome(self.objectives)]

    def ratio_front_at(self, generation: int, metric: Metric) -> pd.DataFrame:
        """Return the front of metric and ratio among adults up to a generation, by ratio."""
        so_far = self.adults[self.adults["generation"] <= generation]
        return so_far[ratio_front(so_far, metric)].sort_values("active_ratio")


def ratio_front(adults: pd.DataFrame, metric: Metric) -> pd.Series[bool]:
    """Mark who is non-dominated in the metric and active ratio (low), both alone."""
    ordered = adults.sort_values(["active_ratio", metric.name], ascending=[True, not metric.rises])
    losses = ordered[metric.name] * (-1.0 if metric.rises else 1.0)
    best_before = losses.cummin().shift(fill_value=float("inf"))
    return (losses < best_before).reindex(adults.index)


def metric_of_table(table: pd.DataFrame) -> Metric:
    """Return the metric that a figure's table has a column of."""
    return Metric.load(next(name for name in map(str, table) if name in METRICS))
