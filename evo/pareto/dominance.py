"""Non-dominated sorting, crowding and hypervolume over a run's objectives, by moocore.

Who dominates whom is decided on the objectives as they are, but for their sign. For distances and
volumes they are turned into losses on which the reference point is 1 and the ideal is 0 (counts on
a log scale), so hypervolumes are shares of the unit cube and runs with equal axes can be compared.
A loss is rounded, so it never tells which of two is better. Nothing here knows genomes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import moocore
import numpy as np
import numpy.typing as npt

from evo.pareto.fitness import Fitness, fitness_of
from fitness.prediction.features import main_outcome

Points = npt.NDArray[np.float64]  # (N, K), smaller is better
Rows = Iterable[Mapping[str, float]]  # objective values by name

LARGEST, SMALLEST = sys.float_info.max, math.ulp(0.0)
LARGEST_LOSS = 1e9  # further from the ideal makes no difference to a distance or a volume


@dataclass(frozen=True)
class Axis:
    """One objective: its direction, scale, the ideal value and the reference (worst counted)."""

    name: str
    direction: Literal["max", "min"]
    reference: float
    ideal: float
    scale: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        better = (
            self.ideal > self.reference
            if self.direction == "max"
            else (self.ideal < self.reference)
        )
        if not better:
            raise ValueError(
                f"objective {self.name}: the ideal {self.ideal} has to be better than the "
                f"reference {self.reference} ({self.direction})"
            )
        if self.scale == "log" and min(self.reference, self.ideal) <= 0:
            raise ValueError(f"objective {self.name}: a log scale needs bounds above zero")

    @property
    def sign(self) -> float:
        """1 if smaller values are better, else -1."""
        return -1.0 if self.direction == "max" else 1.0

    def losses(self, values: Sequence[float]) -> npt.NDArray[np.float64]:
        """Map the ideal to 0 and the reference to 1; values beyond stay beyond, and all finite."""
        ideal, worst = self._on_scale(self.ideal), self._on_scale(self.reference)
        if self.scale == "log":
            values = [self._on_scale(value) for value in values]
        points = np.array(values, dtype=np.float64)
        if max(abs(ideal), abs(worst), np.abs(points).max(initial=0.0)) > LARGEST / 2.0:
            points, ideal, worst = points / 2.0, ideal / 2.0, worst / 2.0  # differences are finite
        with np.errstate(over="ignore"):
            losses = (points - ideal) / (worst - ideal)
        return np.asarray(losses.clip(-LARGEST_LOSS, LARGEST_LOSS))

    def point(self, value: float) -> float:
        """Return a value as it counts: itself, or log10 of it; within what can be squared."""
        if self.scale == "log":
            return math.log10(max(value, SMALLEST))
        return max(-1e150, min(value, 1e150))

    def _on_scale(self, value: float) -> float:
        # The logarithm of Python, for that of numpy differs in the last bit between machines.
        if self.scale == "log":
            return math.log(max(value, SMALLEST))
        return value

    def loss(self, value: float) -> float:
        """Map a single value as `losses` does."""
        return float(self.losses([value])[0])

    @property
    def span(self) -> float:
        """The distance from ideal to reference, in units (decades on a log scale)."""
        if self.scale == "log":
            return abs(math.log10(self.reference) - math.log10(self.ideal))
        return min(abs(self.reference - self.ideal), LARGEST)

    def value(self, loss: float) -> float:
        """Return the objective's value that has this loss."""
        ideal, worst = self._on_scale(self.ideal), self._on_scale(self.reference)
        point = ideal * (1.0 - loss) + worst * loss
        if self.scale == "log":
            point = math.exp(min(point, math.log(LARGEST)))
        return max(-LARGEST, min(point, LARGEST))


@dataclass(frozen=True)
class CurveMetric:
    """What learning curves measure: its name, and whether it is to rise."""

    name: str
    rises: bool


@dataclass(frozen=True)
class Axes:
    """The objectives of a run, in order, and what its learning curves measure.

    `metric` names that, and whether it is to rise; without it curves show the main objective.
    """

    axes: tuple[Axis, ...]
    metric: CurveMetric | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """Return what DEAP multiplies objective values by: 1 if they are to rise, else -1."""
        return tuple(-axis.sign for axis in self.axes)

    @property
    def metric_sign(self) -> float:
        """Return 1 if learning curves are to rise, else -1."""
        return 1.0 if self.curve_metric.rises else -1.0

    @property
    def curve_metric(self) -> CurveMetric:
        """What learning curves measure; it need not be an objective."""
        return self.metric or CurveMetric(self.main.name, self.main.direction == "max")

    @property
    def main(self) -> Axis:
        """The objective that the search is about first of all."""
        return self.axes[main_outcome(self.names)]

    def fitness(self) -> Fitness:
        """Return a DEAP fitness over the objectives, not valid yet."""
        return fitness_of(self.names, self.weights)()

    def signed(self, rows: Rows) -> Points:
        """Return objective values (N, K), negated where larger is better."""
        listed = [[row[name] for name in self.names] for row in rows]
        values = np.array(listed, dtype=np.float64).reshape(len(listed), len(self.axes))
        return values * np.negative(self.weights)

    def losses(self, rows: Rows) -> Points:
        """Turn objective values into losses (N, K); raise KeyError if a row lacks an objective."""
        listed = list(rows)
        columns = [axis.losses([row[axis.name] for row in listed]) for axis in self.axes]
        return np.column_stack(columns) if columns else np.empty((len(listed), 0))

    def beyond(self, signed: Points) -> npt.NDArray[np.bool_]:
        """Mark the rows of `signed` that are worse than the reference point in any objective."""
        reference = [axis.sign * axis.reference for axis in self.axes]
        return np.asarray((signed > reference).any(axis=1))

    def nondominated(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Mark the rows that no other dominates; of equal rows all are kept."""
        return nondominated(self.signed(rows))

    def levels(self, rows: Rows) -> list[npt.NDArray[np.int64]]:
        """Return the rows of each non-dominated rank in order; those beyond the reference last."""
        signed = self.signed(rows)
        return levels(signed, self.beyond(signed))

    def survivors(self, rows: Rows, count: int) -> list[int]:
        """Choose `count` rows as NSGA-II does; those beyond the reference last."""
        listed = list(rows)
        signed = self.signed(listed)
        return survivors(signed, count, self.losses(listed), self.beyond(signed))

    def extends(self, front: Rows, row: Mapping[str, float]) -> bool:
        """Tell whether a row within the reference beats all of a front in some objective."""
        point, others = self.signed([row]), self.signed(front)
        return not self.beyond(point)[0] and not bool((others <= point).all(axis=1).any())

    def hypervolume(self, rows: Rows) -> float:
        """Return the hypervolume in [0, 1] of rows of objective values."""
        return hypervolume(self.losses(rows))

    def volume(self, rows: Rows) -> float:
        """Return the hypervolume in the objectives' own units, log10 where the scale is log.

        Unlike `hypervolume` it depends on the reference point alone, not on the ideal.
        """
        losses = self.losses(rows)
        inside = losses[(losses < 1.0).all(axis=1)]
        if not len(inside):
            return 0.0
        spans = [axis.span for axis in self.axes]
        share = float(moocore.hypervolume(inside - 1.0, ref=[0.0] * len(spans)))
        return min(math.prod([share, *spans]), LARGEST)

    def settle(self, rows: Sequence[Mapping[str, float]], *, final: bool) -> bool:
        """Learn the scale from objectives, if it is open; tell whether that settled it for good.

        These axes are given from the start, so they learn nothing; see `evo.pareto.open_axes`.
        """
        return False

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs of a scale that was learnt."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a scale that was learnt."""


def hypervolume(losses: Points) -> float:
    """Return the volume dominated by losses (N, K) within the unit cube below the reference 1."""
    inside = losses[(losses < 1.0).all(axis=1)]
    if not len(inside):
        return 0.0
    # Better than the ideal counts as ideal: the volume stays a share of the cube.
    found = moocore.hypervolume(np.maximum(inside, 0.0), ref=[1.0] * losses.shape[1])
    return min(float(found), 1.0)


def gains(front: Points, losses: Points) -> npt.NDArray[np.float64]:
    """Return by how much each row of losses (N, K) alone would add to a front's hypervolume.

    Most rows are dominated, which is cheap to see and adds nothing.
    """
    inside = front[(front < 1.0).all(axis=1)]
    if losses.shape[1] == 2:
        return _areas(np.maximum(inside, 0.0), np.maximum(losses, 0.0))
    added = np.zeros(len(losses))
    no_worse = np.ones((len(losses), len(inside)), dtype=bool)
    for best, values in zip(np.maximum(inside, 0.0).T, np.maximum(losses, 0.0).T, strict=True):
        no_worse &= best <= values[:, None]
    volume = hypervolume(inside)
    for row in np.flatnonzero((losses < 1.0).all(axis=1) & ~no_worse.any(axis=1)):
        added[row] = hypervolume(np.vstack([inside, losses[row][None]])) - volume
    return np.maximum(added, 0.0)  # the difference of two volumes may be off in its last digit


def _areas(front: Points, losses: Points) -> npt.NDArray[np.float64]:
    """Return the area (N,) that each row of losses (N, 2) adds below a staircase, all at once."""
    order = np.lexsort((front[:, 1], front[:, 0]))
    steps = np.concatenate([[0.0], front[order, 0], [1.0]])
    heights = np.concatenate([[1.0], np.minimum.accumulate(front[order, 1])])
    widths = steps[1:] - np.maximum(steps[:-1], losses[:, :1])  # (N, steps)
    free = heights - losses[:, 1:]
    return np.asarray((np.maximum(widths, 0.0) * np.maximum(free, 0.0)).sum(axis=1))


def nondominated(values: Points) -> npt.NDArray[np.bool_]:
    """Mark the rows of (N, K) that no other row dominates; of equal rows all are kept."""
    if not len(values):
        return np.zeros(0, dtype=bool)
    if values.shape[1] == 1:
        best: npt.NDArray[np.bool_] = values[:, 0] == values[:, 0].min()
        return best
    return np.asarray(moocore.is_nondominated(values, keep_weakly=True), dtype=bool)


def ranks(values: Points, beyond: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
    """Return the non-dominated rank of every row, 0 the front.

    Rows that are `beyond` the reference rank after all others: nobody asked for them.
    """
    result = np.zeros(len(values), dtype=np.int64)
    beyond = np.zeros(len(values), dtype=bool) if beyond is None else beyond
    following = 0
    for part in (~beyond, beyond):
        if not part.any():
            continue
        if values.shape[1] == 1:
            part_ranks = np.unique(values[part, 0], return_inverse=True)[1]
        else:
            part_ranks = np.asarray(moocore.pareto_rank(values[part]), dtype=np.int64)
        result[part] = part_ranks - part_ranks.min() + following
        following = int(result[part].max()) + 1
    return result


def levels(
    values: Points, beyond: npt.NDArray[np.bool_] | None = None
) -> list[npt.NDArray[np.int64]]:
    """Return the rows of each non-dominated rank in order, the front first."""
    rank = ranks(values, beyond)
    order = np.argsort(rank, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(rank[order])) + 1) if len(rank) else []


def crowding(losses: Points) -> npt.NDArray[np.float64]:
    """Return crowding distances of rows that do not dominate each other (Deb et al. 2002)."""
    count, dimensions = losses.shape
    distance = np.zeros(count)
    for k in range(dimensions):
        order = np.argsort(losses[:, k], kind="stable")
        ordered = losses[order, k]
        span = ordered[-1] - ordered[0]
        distance[order[0]] = distance[order[-1]] = math.inf
        if count > 2 and span > 0:
            distance[order[1:-1]] += (ordered[2:] - ordered[:-2]) / span
    return distance


def survivors(
    values: Points,
    count: int,
    losses: Points | None = None,
    beyond: npt.NDArray[np.bool_] | None = None,
) -> list[int]:
    """Choose `count` rows as NSGA-II does: by rank, then crowding; ties by row order.

    Ranks are those of `values`; how crowded rows are is measured by `losses`, if given.
    """
    chosen: list[int] = []
    for members in levels(values, beyond):
        distance = crowding((values if losses is None else losses)[members])
        order = members[np.argsort(-distance, kind="stable")]
        chosen.extend(int(i) for i in order[: count - len(chosen)])
        if len(chosen) >= count:
            break
    return chosen


def worthy(losses: Points) -> npt.NDArray[np.int64]:
    """Return the rows within the reference in every objective; all rows if there is none."""
    inside = np.flatnonzero((losses <= 1.0).all(axis=1))
    return inside if len(inside) else np.arange(len(losses))


def knee(losses: Points) -> int:
    """Return the row of a front closest to its ideal corner after scaling to the front's range.

    Rows beyond the reference neither stretch that range nor are chosen, if there are others.
    """
    rows = worthy(losses)
    low, high = losses[rows].min(axis=0), losses[rows].max(axis=0)
    scaled = (losses[rows] - low) / np.where(high > low, high - low, 1.0)
    return int(rows[np.argmin((scaled**2).sum(axis=1))])
