"""Where a number lies in a range, from 0 to 1, on a linear or a log scale, and back.

All is computed from the distance to the low end, so that narrow ranges far from zero keep their
digits: from 1e6 to 1e6 + 10, or on a log scale from 0.99999 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from genomes.genes.errors import BadInput
from genomes.genes.number import finite_number

LEAST_STEPS = 1000  # floating-point numbers that a range has to hold


def check_logarithmic(low: float) -> None:
    """Raise `BadInput` unless a range from `low` on has logarithms."""
    if low <= 0:
        raise BadInput(f"received low={low}; a log scale needs low above zero")


@dataclass(frozen=True)
class Scale:
    """The range from `low` to `high`, both included. `BadInput` if it cannot be searched."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, finite_number(getattr(self, name), f"{name} ="))
        low, high = self.low, self.high
        if not low < high:
            raise BadInput(f"received low={low}, high={high}; low must be below high")
        if self.log:
            check_logarithmic(low)
        if math.isinf(high - low):
            raise BadInput(f"received low={low}, high={high}; their distance is infinite")
        if high - low < LEAST_STEPS * math.ulp(max(abs(low), abs(high))):
            raise BadInput(
                f"received low={low!r}, high={high!r}; between them lie fewer than {LEAST_STEPS} "
                "floating-point numbers. Search the distance from low instead, and add it in your "
                "function"
            )

    def position(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high one."""
        if self.log:
            return log_ratio(value, self.low) / self._span
        return (value - self.low) / self._span

    @cached_property
    def _span(self) -> float:
        return log_ratio(self.high, self.low) if self.log else self.high - self.low

    def at(self, position: float) -> float:
        """Return the value at a position; beyond the ends there is none."""
        distance = position * self._span
        if self.log:
            distance = self._log_distance(distance)
        return min(self.high, max(self.low, self.low + distance))

    def _log_distance(self, logarithm: float) -> float:
        if logarithm < 1.0:
            return self.low * math.expm1(logarithm)
        return math.exp(math.log(self.low) + logarithm) - self.low


def log_ratio(value: float, low: float) -> float:
    """Return log(value / low), exactly also for values that are nearly equal or far apart."""
    near = value < 2.0 * low
    return math.log1p((value - low) / low) if near else math.log(value) - math.log(low)
