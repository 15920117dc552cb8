"""What trainings of a grid say together: means, intervals, and differences to the unpruned.

Differences are paired: a seed's pruned network is held against the unpruned one of the same seed,
which began with the same weights and saw the data in the same order. As there are many of them,
p-values are corrected by Holm's method, on each split over all looks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from evo.pareto.statistics import holm, paired_t, student_t
from evo.running.from_scratch import SPLITS
from evo.sweeps.grid import Grid
from evo.sweeps.networks import UNPRUNED
from evo.sweeps.trainings import Training

Pairs = Mapping[int, float]  # a value by the seed


@dataclass(frozen=True)
class Spread:
    """A mean, the ends of its 95 % interval (Student's t), and the standard deviation.

    The latter are NaN of a single value.
    """

    mean: float
    low: float
    high: float
    deviation: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise values; all NaN of none."""
        if not values:
            return cls(math.nan, math.nan, math.nan, math.nan)
        mean = fmean(values)
        if len(values) < 2:
            return cls(mean, math.nan, math.nan, math.nan)
        deviation = stdev(values)
        half = student_t(len(values) - 1) * deviation / math.sqrt(len(values))
        return cls(mean, mean - half, mean + half, deviation)


@dataclass(frozen=True)
class Look:
    """A pruned network on one split: its metric, and its difference to the unpruned one.

    `p` is two-sided, `corrected` by Holm; NaN where fewer than two seeds can be held against each
    other.
    """

    metric: Spread
    difference: Spread
    p: float
    corrected: float


@dataclass(frozen=True)
class Point:
    """All seeds of a curve at a sparsity; `looks` by split, sizes are means over the seeds."""

    curve: str
    sparsity: float
    seeds: int
    failed: int
    active_parameters: float
    active_ratio: float
    shrunk_parameters: float
    looks: Mapping[str, Look]


def points(grid: Grid, trainings: Sequence[Training]) -> list[Point]:
    """Summarise the trainings of a grid, the unpruned network first; others are left out."""
    cells = [(UNPRUNED, 0.0), *((c, s) for c in grid.curves for s in grid.sparsities)]
    wanted = {(*cell, seed) for cell in cells for seed in range(1, grid.seeds + 1)}
    known = [row for row in trainings if (row.curve, row.sparsity, row.seed) in wanted]
    unpruned = [row for row in known if row.curve == UNPRUNED]
    found = [
        _point(cell, [row for row in known if (row.curve, row.sparsity) == cell], unpruned)
        for cell in cells
    ]
    for split in SPLITS:
        found = _corrected(found, split)
    return found


def by_seed(trainings: Sequence[Training], split: str) -> dict[int, float]:
    """Return the metric on a split of those that succeeded, by seed."""
    values = {row.seed: getattr(row, split) for row in trainings if row.status == "ok"}
    return {seed: value for seed, value in values.items() if value is not None}


def gains(trained: Pairs, unpruned: Pairs) -> list[float]:
    """Return what pruning adds to the metric, seed by seed, of the seeds that have both."""
    return [trained[seed] - unpruned[seed] for seed in sorted(trained.keys() & unpruned.keys())]


def _point(
    cell: tuple[str, float], rows: Sequence[Training], unpruned: Sequence[Training]
) -> Point:
    sound = [row for row in rows if row.status == "ok"]

    def mean(name: str) -> float:
        return fmean(getattr(row, name) for row in sound) if sound else math.nan

    looks = {}
    for split in SPLITS:
        values = by_seed(rows, split)
        added = gains(values, by_seed(unpruned, split))
        p = paired_t(added) if cell[0] != UNPRUNED and len(added) > 1 else math.nan
        looks[split] = Look(Spread.of(list(values.values())), Spread.of(added), p, math.nan)
    return Point(
        *cell,
        seeds=len(sound),
        failed=len(rows) - len(sound),
        active_parameters=mean("active_parameters"),
        active_ratio=mean("active_ratio"),
        shrunk_parameters=mean("shrunk_parameters"),
        looks=looks,
    )


def _corrected(found: Sequence[Point], split: str) -> list[Point]:
    """Return the points with p-values of a split corrected for how many of them there are."""
    tested = [n for n, point in enumerate(found) if not math.isnan(point.looks[split].p)]
    corrected = holm([found[n].looks[split].p for n in tested])
    changed = list(found)
    for n, p in zip(tested, corrected, strict=True):
        look = replace(found[n].looks[split], corrected=p)
        changed[n] = replace(found[n], looks={**found[n].looks, split: look})
    return changed
