"""A gene whose value is some of a fixed set of features, by their names."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from genomes.genes.errors import BadInput
from genomes.genes.protocol import Columns
from genomes.genes.value import Value


@dataclass(frozen=True)
class FeatureSubset:
    """Some of the features, none or all of them, in their order.

    A fresh draw takes each with the same chance, which is itself drawn for each draw.
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            raise BadInput(f"received the names {', '.join(self.names)}; expected different ones")

    def sample(self, rng: random.Random) -> tuple[str, ...]:
        chance = rng.random()
        return tuple(name for name in self.names if rng.random() < chance)

    def mutate(self, value: Value, rng: random.Random) -> tuple[str, ...]:
        """Let a single name come or go; as often one that is in as one that is not."""
        inside = [name for name in self.names if name in value]
        outside = [name for name in self.names if name not in value]
        groups = [group for group in (inside, outside) if group]
        changed = {rng.choice(rng.choice(groups))} if groups else set()
        return self._ordered(changed.symmetric_difference(value))

    def crossover(self, a: Value, b: Value, rng: random.Random) -> tuple[str, ...]:
        """Take what is in both, and half of what is in one alone."""
        return tuple(n for n in self.names if n in (a if rng.random() < 0.5 else b))

    def encode(self) -> Columns:
        """One column a name."""
        names = tuple(f"={name}" for name in self.names)
        return Columns(names, lambda value: [float(name in value) for name in self.names])

    def check(self, value: Value) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"received {value!r}, expected a list of names")
        unknown = [name for name in value if name not in self.names]
        if unknown:
            raise ValueError(
                f"received {', '.join(map(repr, unknown))}, expected some of "
                f"{', '.join(self.names) or 'no names'}"
            )
        return self._ordered(value)

    def _ordered(self, some: Iterable[str]) -> tuple[str, ...]:
        wanted = set(some)
        return tuple(name for name in self.names if name in wanted)
