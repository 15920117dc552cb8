"""Gene of widths: for each group of channels the share that is left of it.

Founders have one share for all groups, or one that varies about it; or, now and then, one of the
`classics` that are given with the gene.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from genomes.genes.gene import Columns, Value

LEAST, DIGITS = 0.05, 3
SPREAD, STEP = 0.25, 0.3  # of shares about a founder's own; of a mutation: log scale
SEEN = 24  # groups that predictors see one by one


@dataclass(frozen=True)
class Widths:
    """One share in [0.05, 1] for each of `groups` groups, three digits behind the point."""

    groups: int
    classics: tuple[tuple[float, ...], ...] = ()

    def sample(self, rng: random.Random) -> tuple[float, ...]:
        """Draw shares about one that is drawn for all, or a classic."""
        if self.classics and rng.random() < 0.25:
            return rng.choice(self.classics)
        common = rng.uniform(0.15, 1.0)
        spread = SPREAD if rng.random() < 0.5 else 0.0
        return tuple(_within(common * _factor(rng, spread)) for _ in range(self.groups))

    def mutate(self, value: Value, rng: random.Random) -> tuple[float, ...]:
        """Change the share of all groups together, of a run of them, or of one."""
        draw, shares = rng.random(), list(value)
        start, stop = rng.randrange(self.groups), rng.randrange(self.groups)
        if draw < 0.25:
            start, stop = 0, self.groups - 1
        elif draw < 0.6:
            stop = start
        factor = _factor(rng, STEP)
        for place in range(min(start, stop), max(start, stop) + 1):
            shares[place] = _within(shares[place] * factor)
        return tuple(shares)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> tuple[float, ...]:
        """Take a run of groups from one parent, the rest from the other; or mix all evenly."""
        if rng.random() < 0.5:
            weight = rng.random()
            return tuple(_within(x**weight * y ** (1 - weight)) for x, y in zip(a, b, strict=True))
        start, stop = sorted(rng.randrange(self.groups + 1) for _ in range(2))
        return (*a[:start], *b[start:stop], *a[stop:])

    def encode(self) -> Columns:
        """Encode the mean of all shares, and the shares; of many groups the means of runs."""
        step = max(1, -(-self.groups // SEEN))
        blocks = [slice(start, start + step) for start in range(0, self.groups, step)]
        names = (".mean", *(f".{number}" for number in range(len(blocks))))

        def write(value: Value) -> list[float]:
            return [_mean(value), *(_mean(value[block]) for block in blocks)]

        return Columns(names, write)

    def check(self, value: Value) -> tuple[float, ...]:
        wanted = f"{self.groups} numbers from {LEAST} to 1"
        if not isinstance(value, list | tuple) or len(value) != self.groups:
            raise ValueError(f"received {value!r}, expected {wanted}")
        if not all(_is_share(share) for share in value):
            raise ValueError(f"received {value!r}, expected {wanted}")
        return tuple(float(share) for share in value)


def _is_share(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and LEAST <= value <= 1.0  # type: ignore[operator]


def _within(share: float) -> float:
    return round(min(1.0, max(LEAST, share)), DIGITS)


def _factor(rng: random.Random, spread: float) -> float:
    return math.exp(rng.gauss(0.0, spread)) if spread else 1.0


def _mean(shares: Sequence[float]) -> float:
    return sum(shares) / len(shares)
