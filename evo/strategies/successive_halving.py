"""Successive halving over two fidelities, as ASHA promotes (Li et al. 2020, arXiv 1810.05934).

Juveniles are drawn at random. Whoever is among the best share of all juveniles so far grows up;
with several objectives the best are found by non-dominated rank and crowding of the juveniles' own
objectives (Schmucker et al. 2021, arXiv 2106.12639). Without juveniles this is random search.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evo.breeding.conception import founders, toolbox, viable
from evo.strategy import Account, Course, Expected, Life, Recall, Settings, Trial, World


class SuccessiveHalving:
    """State is everybody's early losses, and who waits: juveniles that may yet be promoted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.box = toolbox(world)
        self.waiting: list[Life] = []
        self.promoted: list[Life] = []

    def generation(self, number: int) -> Course:
        settings, rng = self.world.settings, self.world.rng("generation", number)
        size, early, full = settings.population, settings.juvenile_epochs, settings.adult_epochs
        chosen = self._drawn(number, size, rng)
        born = [life.genome for life in chosen]
        if early:
            answers = yield [Trial(genome, "juvenile", 0, early) for genome in born]
            for life, answer in zip(chosen, answers, strict=True):
                life.juvenile = answer
            self.waiting += [life for life in chosen if life.juvenile and _sound(life)]
            chosen = self._promotable()
            self.promoted += chosen
            names = {life.genome.id for life in chosen}
            self.waiting = [life for life in self.waiting if life.genome.id not in names]
        yield [Trial(life.genome, "adult", early, full) for life in chosen]
        figures = {
            "juveniles": size if early else 0,
            "adults": len(chosen),
            "audited": 0,
            "epochs_saved": (size - len(chosen)) * (full - early),
        }
        waiting = [life.genome.id for life in self.waiting]
        return Account(born=born, figures=figures, waiting=waiting)

    def _drawn(self, number: int, size: int, rng: random.Random) -> list[Life]:
        """Draw newborns; only the first may come from another run."""
        if number == 1:
            first = founders(self.world, self.box, "male", size, rng)
            return [Life(genome, self.world.costs(genome)) for genome in first]
        names = [f"m{number:03d}-{place:03d}" for place in range(size)]
        return [viable(self.world, lambda n=n: self.box.sample(n, "male", rng)) for n in names]  # type: ignore[misc]

    def _promotable(self) -> list[Life]:
        """Return those among the best share of all juveniles so far who have not been promoted."""
        everyone = [*self.promoted, *self.waiting]
        count = int(self.world.settings.promoted_share * len(everyone))
        if everyone and not self.promoted:
            count = max(1, count)
        best = sorted(self.world.axes.survivors(self._early(everyone), count))
        return [everyone[i] for i in best if i >= len(self.promoted)]

    def _early(self, lives: list[Life]) -> list[dict[str, float]]:
        """Return the juveniles' objectives, what costs nothing put in."""
        return [{**life.juvenile.objectives, **life.costs} for life in lives if life.juvenile]

    def state(self) -> dict[str, Any]:
        return {
            "waiting": [life.genome.id for life in self.waiting],
            "promoted": [life.genome.id for life in self.promoted],
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        for name in ("waiting", "promoted"):
            lives = [recall(identity) for identity in state[name]]
            for life in lives:
                life.costs = self.world.costs(life.genome)
            setattr(self, name, lives)


def _sound(life: Life) -> bool:
    return life.juvenile is not None and life.juvenile.status == "ok"


def expected(settings: Settings, number: int) -> Expected:
    """Return how many trainings a generation asks for."""
    if not settings.juvenile_epochs:
        return Expected(0, settings.population)
    return Expected(settings.population, settings.promoted_share * settings.population)


def make(world: World) -> SuccessiveHalving:
    """Make the strategy."""
    return SuccessiveHalving(world)
