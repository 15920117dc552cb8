"""Random search: every generation draws as many males as the population holds, trained in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evo.breeding.conception import toolbox, viable
from evo.strategy import Account, Course, Recall, Trial, World


class RandomSearch:
    """Has no state: the streams of random numbers depend on the generation alone."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.box = toolbox(world)

    def generation(self, number: int) -> Course:
        rng = self.world.rng("generation", number)
        born = []
        for place in range(self.world.settings.population):
            identity = f"m{number:03d}-{place:03d}"
            life = viable(self.world, lambda i=identity: self.box.sample(i, "male", rng))  # type: ignore[misc]
            born.append(life.genome)
        epochs = self.world.settings.adult_epochs
        yield [Trial(genome, "adult", 0, epochs) for genome in born]
        return Account(born=born, figures={"juveniles": 0, "adults": len(born), "audited": 0})

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        """Nothing to take up."""


def make(world: World) -> RandomSearch:
    """Make the strategy."""
    return RandomSearch(world)
