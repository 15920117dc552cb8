"""What a network has to know of the columns of a table: fitted on train data elsewhere.

Numbers come first, NaN where they are missing, then categories as whole numbers. Units: scaled
numbers have mean 0 and deviation 1, or median 0 and half of the values within 0.67 of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

from genomes.genes.gene import Record
from genomes.graph.normalization import Normalization

STANDARD, ROBUST, QUANTILE = "standard", "robust", "quantile"
SCALINGS = (STANDARD, ROBUST, QUANTILE)
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
    last one of each stands for what train does not name.
    """

    standard: Normalization | None
    robust: Normalization | None
    quantiles: tuple[Numbers, ...] = ()
    lacking: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for normal in (self.standard, self.robust):
            known = len(normal.mean) if normal else 0
            if known != len(self.quantiles):
                raise ValueError(f"received {known} scales for {len(self.quantiles)} numbers")
        if any(len(known) != INTERVALS + 1 for known in self.quantiles):
            raise ValueError(f"expected {INTERVALS + 1} quantiles of each number")
        if any(not 0 <= place < len(self.quantiles) for place in self.lacking):
            raise ValueError(f"received {self.lacking} as places of {len(self.quantiles)} numbers")

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

    def edges(self, scaling: str, bins: int) -> tuple[Numbers, ...]:
        """Return the edges of at most so many bins of each number, in scaled units, rising.

        The bins hold as many examples each, as far as values differ.
        """
        step = INTERVALS // bins
        if scaling == QUANTILE:
            found = self.normal_quantiles()
            return tuple(
                _edges(_interpolated(known[::step], knots, levels))
                for known, knots, levels in zip(
                    self.quantiles, found["knots"], found["levels"], strict=True
                )
            )
        if scaling == ROBUST:
            return tuple(_edges([bent(q) for q in known[::step]]) for known in self.quantiles)
        standard, robust = self.scale(STANDARD), self.scale(ROBUST)
        return tuple(
            _edges([(q * spread + median - mean) / deviation for q in known[::step]])
            for known, mean, deviation, median, spread in zip(
                self.quantiles, *vars(standard).values(), *vars(robust).values(), strict=True
            )
        )


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


def _interpolated(values: Sequence[float], knots: Numbers, levels: Numbers) -> list[float]:
    """Return the levels of values that all are knots."""
    known = dict(zip(knots, levels, strict=True))
    return [known[value] for value in values]


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
