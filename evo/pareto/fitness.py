"""DEAP's fitness of an individual, over the named objectives of a run.

DEAP's own operators and a user's read it. How fit somebody is beside others is decided in
`evo.pareto.dominance`, by moocore, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

from deap import base


class Fitness(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    """The values of the objectives in order, and their weights: 1 is to rise, -1 to fall.

    It is not valid before `measure`. This class itself has no objectives and never is; those of a
    run come from `fitness_of`. `crowding_dist` is set for DEAP's tournaments before they are held.
    """

    names: ClassVar[tuple[str, ...]] = ()
    weights: ClassVar[tuple[float, ...]] = ()
    crowding_dist: float = 0.0

    def __init__(self, values: Sequence[float] = ()) -> None:
        # DEAP's own checks the weights of the class anew for each of a great many.
        if values:
            self.values = tuple(values)

    def measure(self, objectives: Mapping[str, float]) -> None:
        """Take the objectives of a full training; raises KeyError if one is missing."""
        self.values = tuple(objectives[name] for name in self.names)


@cache
def fitness_of(names: tuple[str, ...], weights: tuple[float, ...]) -> type[Fitness]:
    """Return the fitness over these objectives, the same class for the same ones."""
    return type("Fitness", (Fitness,), {"names": names, "weights": weights})
