"""NSGA-II (Deb et al. 2002): the plain, single-sex evolutionary baseline.

Every child is trained in full; no predictions, no early stopping.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from evo.breeding.conception import VARIATION, conceive, founders, viable
from evo.breeding.operators import toolbox
from evo.breeding.selection import fittest
from evo.breeding.teaching import teacher_among
from evo.pareto.dominance import crowding
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

Merit = tuple[float, float, str]


def by_tournament(
    context: SearchContext, males: Sequence[Individual], rng: random.Random
) -> Iterator[Individual]:
    """Draw two and yield the fitter one, again and again."""
    merit = _merit(context, males)
    while True:
        pair = rng.randrange(len(males)), rng.randrange(len(males))
        yield males[min(pair, key=merit.__getitem__)]


def _merit(context: SearchContext, males: Sequence[Individual]) -> list[Merit]:
    """Return for each what makes the lesser the fitter: rank, crowding, at last the id."""
    rows = [individual.objectives for individual in males]
    losses = context.axes.losses(rows)
    merit: list[Merit] = [(math.inf, math.inf, "")] * len(males)
    for rank, members in enumerate(context.axes.levels(rows)):
        distances = crowding(losses[members]).tolist()
        for i, distance in zip(members.tolist(), distances, strict=True):
            merit[i] = (rank, -distance, males[i].genome.id)
    return merit


OPERATORS: Operators = {**VARIATION, "select_parents": by_tournament, "survive": fittest}


class Nsga2:
    """Population of males; binary tournaments by rank and crowding; (mu + lambda) survival."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)
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
        size = self.context.settings.population
        self.males = self.box.survive(self.males + adults, size, rng)
        figures = {"juveniles": 0, "adults": len(newborn), "audited": 0}
        parents = [individual.genome.id for individual in self.males]
        return GenerationReport(born=newborn, figures=figures, parents=parents)

    def _births(self, number: int, rng: random.Random) -> list[Genome]:
        size = self.context.settings.population
        if not self.males:
            return founders(self.context, self.box, "male", size, rng, number)
        ids = (male.genome.id for male in self.males)
        merit = dict(zip(ids, _merit(self.context, self.males), strict=True))
        parents = self.box.select_parents(self.males, rng)
        teacher = teacher_among(self.context, self.males)
        born = []
        for place in range(size):
            identity = f"m{number:03d}-{place:03d}"
            mother, father = next(parents), next(parents)
            fitter = min((mother, father), key=lambda male: merit[male.genome.id])
            make = partial(
                conceive, self.context, self.box, identity, "male", (mother.genome, father), rng,
                fitter,
            )  # fmt: skip
            born.append(viable(self.context, make, teacher).genome)
        return born

    def state(self) -> dict[str, Any]:
        return {"males": [individual.genome.id for individual in self.males]}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.males = [recall(identity) for identity in state["males"]]


def make(context: SearchContext) -> Nsga2:
    """Make the strategy."""
    return Nsga2(context)
