"""NSGA-II (Deb et al. 2002): the plain, single-sex evolutionary baseline.

Every child is trained in full; no predictions, no early stopping.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from evo.breeding.conception import conceive, founders, toolbox, viable
from evo.pareto.dominance import crowding
from evo.strategy import (
    GenerationPlan,
    GenerationReport,
    Individual,
    Recall,
    SearchContext,
    TrialRequest,
)
from genomes.genes.genome import Genome


class Nsga2:
    """Population of males; binary tournaments by rank and crowding; (mu + lambda) survival."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context)
        self.males: list[Individual] = []

    def generation(self, number: int) -> GenerationPlan:
        rng = self.context.rng("generation", number)
        newborn = self._births(number, rng)
        epochs = self.context.settings.adult_epochs
        answers = yield [TrialRequest(genome, "adult", 0, epochs) for genome in newborn]
        adults = [
            self.context.individual(genome, adult=answer)
            for genome, answer in zip(newborn, answers, strict=True)
            if answer.status == "ok"
        ]
        pool = self.males + adults
        rows = (individual.objectives for individual in pool)
        kept = self.context.axes.survivors(rows, self.context.settings.population)
        self.males = [pool[i] for i in kept]
        figures = {"juveniles": 0, "adults": len(newborn), "audited": 0}
        parents = [individual.genome.id for individual in self.males]
        return GenerationReport(born=newborn, figures=figures, parents=parents)

    def _births(self, number: int, rng: random.Random) -> list[Genome]:
        size = self.context.settings.population
        if not self.males:
            return founders(self.context, self.box, "male", size, rng, number)
        merit = _merit(self.context, self.males)
        born = []
        for place in range(size):
            identity = f"m{number:03d}-{place:03d}"
            pair = _tournament(merit, rng), _tournament(merit, rng)
            mother, father = (self.males[i] for i in pair)
            fitter = self.males[min(pair, key=merit.__getitem__)]
            make = partial(
                conceive, self.context, self.box, identity, "male", (mother.genome, father), rng,
                fitter,
            )  # fmt: skip
            born.append(viable(self.context, make).genome)
        return born

    def state(self) -> dict[str, Any]:
        return {"males": [individual.genome.id for individual in self.males]}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.males = [recall(identity) for identity in state["males"]]


def _merit(context: SearchContext, males: Sequence[Individual]) -> list[tuple[float, float, str]]:
    """Return for each male what makes the lesser the fitter: rank, crowding, at last his id."""
    rows = [individual.objectives for individual in males]
    losses = context.axes.losses(rows)
    merit = [(math.inf, math.inf, "")] * len(males)
    for rank, members in enumerate(context.axes.levels(rows)):
        distances = crowding(losses[members]).tolist()
        for i, distance in zip(members.tolist(), distances, strict=True):
            merit[i] = (rank, -distance, males[i].genome.id)
    return merit


def _tournament(merit: Sequence[tuple[float, float, str]], rng: random.Random) -> int:
    """Draw two and return the fitter one's place."""
    pair = rng.randrange(len(merit)), rng.randrange(len(merit))
    return min(pair, key=merit.__getitem__)


def make(context: SearchContext) -> Nsga2:
    """Make the strategy."""
    return Nsga2(context)
