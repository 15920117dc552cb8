"""Non-dominated sorting, crowding and hypervolume over a run's objectives, by moocore.

Objectives are turned into losses on which the reference point is 1 and the ideal is 0 (counts on a
log scale), so hypervolumes are shares of the unit cube and runs with equal axes can be compared.
Nothing here knows genomes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import moocore
import numpy as np
import numpy.typing as npt

from fitness.dossier import main_outcome

Points = npt.NDArray[np.float64]  # (N, K) losses, smaller is better


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

    def losses(self, values: Sequence[float]) -> npt.NDArray[np.float64]:
        """Map the ideal to 0 and the reference to 1; values beyond stay beyond."""
        ideal, worst = self.ideal, self.reference
        if self.scale == "log":
            floor = min(ideal, worst) * 1e-6
            # The logarithm of Python, for that of numpy differs in the last bit between machines.
            values = [math.log(max(value, floor)) for value in values]
            ideal, worst = math.log(ideal), math.log(worst)
        return (np.array(values, dtype=np.float64) - ideal) / (worst - ideal)

    def loss(self, value: float) -> float:
        """Map a single value as `losses` does."""
        return float(self.losses([value])[0])

    @property
    def span(self) -> float:
        """The distance from ideal to reference, in units (decades on a log scale)."""
        if self.scale == "log":
            return abs(math.log10(self.reference / self.ideal))
        return abs(self.reference - self.ideal)

    def value(self, loss: float) -> float:
        """Return the objective's value that has this loss."""
        if self.scale == "log":
            ideal, worst = math.log(self.ideal), math.log(self.reference)
            return math.exp(ideal + loss * (worst - ideal))
        return self.ideal + loss * (self.reference - self.ideal)


@dataclass(frozen=True)
class Axes:
    """The objectives of a run, in order."""

    axes: tuple[Axis, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @property
    def metric_sign(self) -> float:
        """Return 1 if learning curves, which show the main objective, are to rise, else -1."""
        main = self.axes[main_outcome(self.names)]
        return 1.0 if main.direction == "max" else -1.0

    def losses(self, rows: Iterable[Mapping[str, float]]) -> Points:
        """Turn objective values into losses (N, K); raise KeyError if a row lacks an objective."""
        listed = list(rows)
        columns = [axis.losses([row[axis.name] for row in listed]) for axis in self.axes]
        return np.column_stack(columns) if columns else np.empty((len(listed), 0))

    def hypervolume(self, rows: Iterable[Mapping[str, float]]) -> float:
        """Return the hypervolume in [0, 1] of rows of objective values."""
        return hypervolume(self.losses(rows))

    def volume(self, rows: Iterable[Mapping[str, float]]) -> float:
        """Return the hypervolume in the objectives' own units, log10 where the scale is log.

        Unlike `hypervolume` it depends on the reference point alone, not on the ideal.
        """
        losses = self.losses(rows)
        inside = losses[(losses < 1.0).all(axis=1)]
        if not len(inside):
            return 0.0
        spans = np.array([axis.span for axis in self.axes])
        return float(moocore.hypervolume((inside - 1.0) * spans, ref=[0.0] * len(spans)))

    def settle(self, rows: Sequence[Mapping[str, float]], *, final: bool) -> bool:
        """Learn the scale from objectives, if it is open; tell whether that settled it for good.

        These axes are given from the start, so they learn nothing; see `evo.open_axes`.
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
    return float(moocore.hypervolume(np.maximum(inside, 0.0), ref=[1.0] * losses.shape[1]))


def gains(front: Points, losses: Points) -> npt.NDArray[np.float64]:
    """Return by how much each row of losses (N, K) alone would add to a front's hypervolume.

    Most rows are dominated, which is cheap to see and adds nothing.
    """
    added = np.zeros(len(losses))
    inside = (losses < 1.0).all(axis=1)
    no_worse = np.ones((len(losses), len(front)), dtype=bool)
    for best, values in zip(np.maximum(front, 0.0).T, np.maximum(losses, 0.0).T, strict=True):
        no_worse &= best <= values[:, None]
    volume = hypervolume(front)
    for row in np.flatnonzero(inside & ~no_worse.any(axis=1)):
        added[row] = hypervolume(np.vstack([front, losses[row][None]])) - volume
    return added


def nondominated(losses: Points) -> npt.NDArray[np.bool_]:
    """Mark the rows of (N, K) that no other row dominates; of equal rows all are kept."""
    if not len(losses):
        return np.zeros(0, dtype=bool)
    if losses.shape[1] == 1:
        best: npt.NDArray[np.bool_] = losses[:, 0] == losses[:, 0].min()
        return best
    return np.asarray(moocore.is_nondominated(losses, keep_weakly=True), dtype=bool)


def ranks(losses: Points) -> npt.NDArray[np.int64]:
    """Return the non-dominated rank of every row, 0 the front.

    Rows beyond the reference in any objective rank after all others: nobody asked for them.
    """
    result = np.zeros(len(losses), dtype=np.int64)
    inside = (losses <= 1.0).all(axis=1)
    following = 0
    for part in (inside, ~inside):
        if not part.any():
            continue
        if losses.shape[1] == 1:
            part_ranks = np.unique(losses[part, 0], return_inverse=True)[1]
        else:
            part_ranks = np.asarray(moocore.pareto_rank(losses[part]), dtype=np.int64)
        result[part] = part_ranks - part_ranks.min() + following
        following = int(result[part].max()) + 1
    return result


def levels(losses: Points) -> list[npt.NDArray[np.int64]]:
    """Return the rows of each non-dominated rank in order, the front first."""
    rank = ranks(losses)
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


def survivors(losses: Points, count: int) -> list[int]:
    """Choose `count` rows as NSGA-II does: by rank, then crowding; ties by row order."""
    chosen: list[int] = []
    for members in levels(losses):
        distance = crowding(losses[members])
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
