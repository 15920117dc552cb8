"""Pareto local search (Paquete et al. 2004): try neighbours of the best points, restart when stuck.

A neighbour differs in one gene. The best points are those that no other point found since the
last restart dominates. For one objective this is hill climbing, a strong baseline for architecture
search (White et al. 2021, https://arxiv.org/abs/2005.02960).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evo.breeding import founders, mutant, toolbox
from evo.pareto import nondominated
from evo.strategy import Account, Course, Life, Recall, Trial, World
from genomes.genome import Genome

PATIENCE = 10  # neighbours of a point that came to nothing, after which it is given up
ROUNDS = 4  # batches in a generation
ATTEMPTS = 20  # to find a neighbour that was not tried before


class LocalSearch:
    """State is the best points with their fruitless neighbours, and what was tried."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.box = toolbox(world)
        self.best: list[Life] = []
        self.fruitless: dict[str, int] = {}  # by the id of a best point
        self.tried: set[str] = set()

    def generation(self, number: int) -> Course:
        rng = self.world.rng("generation", number)
        size, epochs = self.world.settings.population, self.world.settings.adult_epochs
        account = Account(figures={"juveniles": 0, "adults": 0, "audited": 0, "restarts": 0})
        batch = max(1, size // ROUNDS)
        while len(account.born) < size:
            open_points = [p for p in self.best if self.fruitless[p.genome.id] < PATIENCE]
            if open_points:
                pairs = self._neighbours(number, len(account.born), batch, open_points, rng)
            else:
                pairs = self._restart(number, size - len(account.born), rng)
                account.figures["restarts"] += bool(account.born) or number > 1
                pairs = self._numbered(number, len(account.born), pairs)
            answers = yield [Trial(child, "adult", 0, epochs) for child, _ in pairs]
            account.born += [child for child, _ in pairs]
            for (child, parent), answer in zip(pairs, answers, strict=True):
                self._learn(Life(child, {}, adult=answer), parent)
        account.figures["adults"] = len(account.born)
        return account

    def _neighbours(
        self, number: int, born: int, batch: int, points: list[Life], rng: random.Random
    ) -> list[tuple[Genome, str]]:
        """Return neighbours with the ids of their parents; who was tried least comes first."""
        pairs = []
        asked = dict(self.fruitless)
        for place in range(born, min(born + batch, self.world.settings.population)):
            parent = min(points, key=lambda p: (asked[p.genome.id], p.genome.id))
            asked[parent.genome.id] += 1
            for _ in range(ATTEMPTS):
                child = mutant(self.world, f"m{number:03d}-{place:03d}", parent, rng, 1)
                if child.short_hash() not in self.tried:
                    break
            self.tried.add(child.short_hash())
            pairs.append((child, parent.genome.id))
        return pairs

    def _restart(self, number: int, count: int, rng: random.Random) -> list[tuple[Genome, str]]:
        self.best, self.fruitless = [], {}
        half = max(1, self.world.settings.population // 2)
        drawn = founders(self.world, self.box, "male", min(half, count), rng, number)
        self.tried |= {genome.short_hash() for genome in drawn}
        return [(genome, "") for genome in drawn]

    def _numbered(
        self, number: int, born: int, pairs: list[tuple[Genome, str]]
    ) -> list[tuple[Genome, str]]:
        """Give genomes drawn within a generation the ids that follow those born before."""
        return [
            (
                Genome(f"m{number:03d}-{born + i:03d}", "male", g.chromosomes, (), g.birth),
                parent,
            )
            for i, (g, parent) in enumerate(pairs)
        ]

    def _learn(self, life: Life, parent: str) -> None:
        """Let a point join the best if none dominates it; else its parent has tried in vain."""
        pool = [*self.best, life] if life.grown else self.best
        keep = nondominated(self.world.axes.losses(p.objectives for p in pool))
        known = {tuple(p.objectives[n] for n in self.world.axes.names) for p in self.best}
        values = life.grown and tuple(life.objectives[n] for n in self.world.axes.names)
        if life.grown and keep[-1] and values not in known:
            self.best = [p for p, stays in zip(pool, keep, strict=True) if stays]
            self.fruitless[life.genome.id] = 0
        elif parent in self.fruitless:
            self.fruitless[parent] += 1

    def state(self) -> dict[str, Any]:
        ids = [life.genome.id for life in self.best]
        return {
            "best": ids,
            "fruitless": {i: self.fruitless[i] for i in ids},
            "tried": sorted(self.tried),
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.best = [recall(identity) for identity in state["best"]]
        self.fruitless = dict(state["fruitless"])
        self.tried = set(state["tried"])


def make(world: World) -> LocalSearch:
    """Make the strategy."""
    return LocalSearch(world)
