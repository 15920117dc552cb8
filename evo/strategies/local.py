"""Pareto local search (Paquete et al. 2004): neighbours of the best points, restarts when stuck.

A neighbour differs in one gene. The best points are those that no other point found since the
last restart dominates. For one objective this is hill climbing, a strong baseline for architecture
search (White et al. 2021, https://arxiv.org/abs/2005.02960).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from evo.breeding.conception import founders, mutant, mutate_one_gene, sample, viable
from evo.breeding.operators import toolbox
from evo.breeding.teaching import teacher_among
from evo.strategy import (
    GenerationPlan,
    GenerationReport,
    Individual,
    Operators,
    Recall,
    SearchContext,
    TrialRequest,
)
from genomes.genes.genome import Genome

PATIENCE = 10  # neighbours of a point that came to nothing, after which it is given up
ROUNDS = 4  # batches in a generation
ATTEMPTS = 20  # to find a neighbour that was not tried before

OPERATORS: Operators = {"sample": sample, "mutate": mutate_one_gene}


class LocalSearch:
    """State is the best points with their fruitless neighbours, and what was tried."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)
        self.best: list[Individual] = []
        self.fruitless: dict[str, int] = {}  # by the id of a best point
        self.tried: set[str] = set()

    def generation(self, number: int) -> GenerationPlan:
        rng = self.context.rng("generation", number)
        size, epochs = self.context.settings.population, self.context.settings.adult_epochs
        report = GenerationReport(
            figures={"juveniles": 0, "adults": 0, "audited": 0, "restarts": 0}
        )
        batch = max(1, size // ROUNDS)
        while len(report.born) < size:
            open_points = [p for p in self.best if self.fruitless[p.genome.id] < PATIENCE]
            if open_points:
                pairs = self._neighbours(number, len(report.born), batch, open_points, rng)
            else:
                pairs = self._restart(number, len(report.born), rng)
                report.figures["restarts"] += 1
            answers = yield [TrialRequest(child, "adult", 0, epochs) for child, _ in pairs]
            report.born += [child for child, _ in pairs]
            for (child, parent), answer in zip(pairs, answers, strict=True):
                self._learn(self.context.individual(child, adult=answer), parent)
        report.figures["adults"] = len(report.born)
        report.parents = [individual.genome.id for individual in self.best]
        return report

    def _neighbours(
        self, number: int, born: int, batch: int, points: list[Individual], rng: random.Random
    ) -> list[tuple[Genome, str]]:
        """Return neighbours with the ids of their parents; who was tried least comes first."""
        pairs = []
        asked = dict(self.fruitless)
        teacher = teacher_among(self.context, self.best)
        for place in range(born, min(born + batch, self.context.settings.population)):
            parent = min(points, key=lambda p: (asked[p.genome.id], p.genome.id))
            asked[parent.genome.id] += 1
            identity = f"m{number:03d}-{place:03d}"
            for _ in range(ATTEMPTS):
                child = mutant(self.context, self.box, identity, parent, rng, teacher)
                if child.short_hash() not in self.tried:
                    break
            self.tried.add(child.short_hash())
            pairs.append((child, parent.genome.id))
        return pairs

    def _restart(self, number: int, born: int, rng: random.Random) -> list[tuple[Genome, str]]:
        """Forget the best points and draw others; the first ones may come from another run."""
        self.best, self.fruitless = [], {}
        size = self.context.settings.population
        count = min(max(1, size // 2), size - born)
        if number == 1 and born == 0:
            drawn = founders(self.context, self.box, "male", count, rng)
        else:
            drawn = [self._drawn(f"m{number:03d}-{born + i:03d}", rng) for i in range(count)]
        self.tried |= {genome.short_hash() for genome in drawn}
        return [(genome, "") for genome in drawn]

    def _drawn(self, identity: str, rng: random.Random) -> Genome:
        return viable(self.context, lambda: self.box.sample(identity, "male", rng)).genome

    def _learn(self, individual: Individual, parent: str) -> None:
        """Let a point join the best if none dominates it; else its parent has tried in vain."""
        if individual.grown and self._extends(individual):
            pool = [*self.best, individual]
            keep = self.context.axes.nondominated(p.objectives for p in pool)
            self.best = [p for p, stays in zip(pool, keep, strict=True) if stays]
            self.fruitless[individual.genome.id] = 0
        elif parent in self.fruitless:
            self.fruitless[parent] += 1

    def _extends(self, individual: Individual) -> bool:
        """Tell whether no best point is at least as good in every objective."""
        signed = self.context.axes.signed(p.objectives for p in [*self.best, individual])
        return not bool((signed[:-1] <= signed[-1]).all(axis=1).any())

    def state(self) -> dict[str, Any]:
        ids = [individual.genome.id for individual in self.best]
        return {
            "best": ids,
            "fruitless": {i: self.fruitless[i] for i in ids},
            "tried": sorted(self.tried),
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.best = [recall(identity) for identity in state["best"]]
        self.fruitless = dict(state["fruitless"])
        self.tried = set(state["tried"])


def make(context: SearchContext) -> LocalSearch:
    """Make the strategy."""
    return LocalSearch(context)
