"""What a network has to know of the columns of a table: fitted on train data elsewhere.

Numbers come first, NaN where they are missing, then categories as whole numbers. Units: scaled
numbers have mean 0 and deviation 1, or median 0 and half of the values within 0.67 of it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

from genomes.genes.gene import Record
from genomes.graph.normalization import Normalization

STANDARD, ROBUST, QUANTILE = "standard", "robust", "quantile"
SCALINGS = (STANDARD, ROBUST, QUANTILE)
BY_QUANTILES, BY_TARGET = "quantiles", "target"  # where the edges of bins are
INTERVALS = 32  # between the quantiles that are known of a column
REACH = 3.0  # robustly scaled numbers are bent to less than this
LAST = 0.5 / INTERVALS / 3  # the share of values that the ends of a column stand for
CLOSEST = 1e-5  # scaled units between two edges: float32 tells them apart

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class TableInputs:
    """The columns of a table as networks take them; one of each field for each number.

    `standard` has means and deviations, `robust` medians and spreads. `quantiles` are those of
    levels 0, 1 / 32, ..., 1, robustly scaled, never falling. `lacking` are the places of numbers
    that train lacks in some rows. `categories` is how many codes each category column has; the
    last one of each stands for what train does not name. `cuts` are robustly scaled places of each
    number that tell most of the target, the most telling one first; () where nobody has looked.
    """

    standard: Normalization | None
    robust: Normalization | None
    quantiles: tuple[Numbers, ...] = ()
    lacking: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    cuts: tuple[Numbers, ...] = ()

    def __post_init__(self) -> None:
        for normal in (self.standard, self.robust):
            known = len(normal.mean) if normal else 0
            if known != len(self.quantiles):
                raise ValueError(f"received {known} scales for {len(self.quantiles)} numbers")
        if any(len(known) != INTERVALS + 1 for known in self.quantiles):
            raise ValueError(f"expected {INTERVALS + 1} quantiles of each number")
        if any(not 0 <= place < len(self.quantiles) for place in self.lacking):
            raise ValueError(f"received {self.lacking} as places of {len(self.quantiles)} numbers")
        if self.cuts and len(self.cuts) != known:
            raise ValueError(f"received cuts of {len(self.cuts)} for {known} numbers")

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.quantiles) + len(self.categories)

    @property
    def is_plain(self) -> bool:
        """Whether it has numbers alone, and all of them."""
        return not self.lacking and not self.categories

    def scale(self, scaling: str) -> Normalization:
        """Return what is subtracted and divided by first."""
        found = self.standard if scaling == STANDARD else self.robust
        assert found is not None  # asked for numbers alone
        return found

    def filling(self, scaling: str) -> Numbers:
        """Return the scaled value that stands for each number where it is missing: the median."""
        if scaling != STANDARD:
            return (0.0,) * len(self.quantiles)
        standard, robust = self.scale(STANDARD), self.scale(ROBUST)
        return tuple(
            _digits((median - mean) / deviation)
            for median, mean, deviation in zip(
                robust.mean, standard.mean, standard.std, strict=True
            )
        )

    def normal_quantiles(self) -> Record:
        """Return knots of each number, rising, and the normal quantiles they are brought to."""
        knots, levels = [], []
        for known in self.quantiles:
            places = _by_knot(known)
            knots.append(tuple(places))
            levels.append(tuple(_normal(sum(at) / len(at)) for at in places.values()))
        return Record(
            knots=tuple(map(_at_least_two, knots)), levels=tuple(map(_two_levels, levels))
        )

    def edges(self, scaling: str, bins: int, by: str = BY_QUANTILES) -> tuple[Numbers, ...]:
        """Return the edges of at most so many bins of each number, in scaled units, rising.

        By quantiles, bins hold as many examples each, as far as values differ; by target, they lie
        between the most telling cuts.
        """
        places: Sequence[Sequence[float]]
        if by == BY_TARGET:
            places = [
                (known[0], *cuts[: bins - 1], known[-1])
                for known, cuts in zip(self.quantiles, self.cuts, strict=True)
            ]
        else:
            places = [known[:: INTERVALS // bins] for known in self.quantiles]
        return tuple(map(_edges, self._in_units_of(scaling, places)))

    def _in_units_of(
        self, scaling: str, places: Sequence[Sequence[float]]
    ) -> list[Sequence[float]]:
        """Turn robustly scaled numbers of each column into the units of a scaling."""
        if scaling == QUANTILE:
            found = self.normal_quantiles()
            lines = zip(places, found["knots"], found["levels"], strict=True)
            return [[_along(value, *line) for value in row] for row, *line in lines]
        if scaling == ROBUST:
            return [[bent(value) for value in row] for row in places]
        standard, robust = self.scale(STANDARD), self.scale(ROBUST)
        return [
            [(value * spread + median - mean) / deviation for value in row]
            for row, mean, deviation, median, spread in zip(
                places, *vars(standard).values(), *vars(robust).values(), strict=True
            )
        ]


def bent(value: float) -> float:
    """Bend a robustly scaled number so that no outlier is further than `REACH`."""
    return value / math.hypot(1.0, value / REACH)


def _by_knot(known: Numbers) -> dict[float, list[float]]:
    """Return the levels at which each different quantile stands."""
    places: dict[float, list[float]] = {}
    for at, quantile in enumerate(known):
        places.setdefault(quantile, []).append(at / INTERVALS)
    return places


def _normal(level: float) -> float:
    return _digits(NormalDist().inv_cdf(min(max(level, LAST), 1.0 - LAST)))


def _at_least_two(knots: Numbers) -> Numbers:
    return knots if len(knots) > 1 else (knots[0], knots[0] + 1.0)


def _two_levels(levels: Numbers) -> Numbers:
    return levels if len(levels) > 1 else (0.0, 0.0)


def _along(value: float, knots: Numbers, levels: Numbers) -> float:
    """Return the level of a value on the line through knots; constant beyond their ends."""
    after = bisect_right(knots, value)
    if after in (0, len(knots)):
        return levels[0 if not after else -1]
    low, high = knots[after - 1], knots[after]
    share = (value - low) / (high - low)
    return levels[after - 1] + share * (levels[after] - levels[after - 1])


def _edges(values: Sequence[float]) -> Numbers:
    """Return rounded values that rise, two at least."""
    rising: list[float] = []
    for value in sorted({_digits(value) for value in values}):
        if not rising or value - rising[-1] > CLOSEST * max(1.0, abs(value)):
            rising.append(value)
    assert all(a < b for a, b in pairwise(rising))
    return _at_least_two(tuple(rising))


def _digits(value: float) -> float:
    return float(f"{value:.6g}")
