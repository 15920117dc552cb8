"""Successive halving over two fidelities, as ASHA promotes (Li et al. 2020, arXiv 1810.05934).

Juveniles are drawn at random. Whoever is among the best share of all juveniles so far grows up;
with several objectives the best are found by non-dominated rank and crowding of the juveniles' own
objectives (Schmucker et al. 2021, arXiv 2106.12639). Without juveniles this is random search.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from evo.breeding.conception import founders, sample, viable
from evo.breeding.operators import toolbox
from evo.strategy import (
    Expected,
    GenerationPlan,
    GenerationReport,
    Individual,
    Operators,
    Recall,
    SearchContext,
    Settings,
    TrialRequest,
)


def best_when_young(
    context: SearchContext, juveniles: Sequence[Individual], k: int, rng: random.Random
) -> list[Individual]:
    """Select k by NSGA-II over their objectives as juveniles, what costs nothing put in."""
    return [juveniles[i] for i in context.axes.survivors(early(juveniles), k)]


def early(individuals: Sequence[Individual]) -> list[dict[str, float]]:
    """Return the juveniles' objectives, what costs nothing put in."""
    return [
        {**individual.juvenile.objectives, **individual.costs}
        for individual in individuals
        if individual.juvenile
    ]


OPERATORS: Operators = {"sample": sample, "promote": best_when_young}


class SuccessiveHalving:
    """State is everybody's early losses, and who waits: juveniles that may yet be promoted."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)
        self.waiting: list[Individual] = []
        self.promoted: list[Individual] = []

    def generation(self, number: int) -> GenerationPlan:
        settings, rng = self.context.settings, self.context.rng("generation", number)
        size, early, full = settings.population, settings.juvenile_epochs, settings.adult_epochs
        chosen = self._drawn(number, size, rng)
        born = [individual.genome for individual in chosen]
        if early:
            answers = yield [TrialRequest(genome, "juvenile", 0, early) for genome in born]
            for individual, answer in zip(chosen, answers, strict=True):
                individual.youth = (answer,)
            self.waiting += [
                individual for individual in chosen if individual.juvenile and _sound(individual)
            ]
            chosen = self._promotable(rng)
            self.promoted += chosen
            names = {individual.genome.id for individual in chosen}
            self.waiting = [
                individual for individual in self.waiting if individual.genome.id not in names
            ]
        answers = yield [
            TrialRequest(individual.genome, "adult", early, full) for individual in chosen
        ]
        for individual, answer in zip(chosen, answers, strict=True):
            individual.grow_up(answer)
        figures = {
            "juveniles": size if early else 0,
            "adults": len(chosen),
            "audited": 0,
            "epochs_saved": (size - len(chosen)) * (full - early),
        }
        waiting = [individual.genome.id for individual in self.waiting]
        return GenerationReport(born=born, figures=figures, waiting=waiting)

    def _drawn(self, number: int, size: int, rng: random.Random) -> list[Individual]:
        """Draw newborns; only the first may come from another run."""
        if number == 1:
            first = founders(self.context, self.box, "male", size, rng)
            return [
                self.context.individual(genome, self.context.costs(genome)) for genome in first
            ]
        names = [f"m{number:03d}-{place:03d}" for place in range(size)]
        return [viable(self.context, lambda n=n: self.box.sample(n, "male", rng)) for n in names]  # type: ignore[misc]

    def _promotable(self, rng: random.Random) -> list[Individual]:
        """Return those among the best share of all juveniles so far who have not been promoted."""
        everyone = [*self.promoted, *self.waiting]
        count = int(self.context.settings.promoted_share * len(everyone))
        if everyone and not self.promoted:
            count = max(1, count)
        best = {individual.genome.id for individual in self.box.promote(everyone, count, rng)}
        return [individual for individual in self.waiting if individual.genome.id in best]

    def state(self) -> dict[str, Any]:
        return {
            "waiting": [individual.genome.id for individual in self.waiting],
            "promoted": [individual.genome.id for individual in self.promoted],
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        for name in ("waiting", "promoted"):
            individuals = [recall(identity) for identity in state[name]]
            for individual in individuals:
                individual.costs = self.context.costs(individual.genome)
            setattr(self, name, individuals)


def _sound(individual: Individual) -> bool:
    return individual.juvenile is not None and individual.juvenile.status == "ok"


def expected(settings: Settings, number: int) -> Expected:
    """Return how many trainings a generation asks for."""
    if not settings.juvenile_epochs:
        return Expected(0, settings.population)
    return Expected(settings.population, settings.promoted_share * settings.population)


def make(context: SearchContext) -> SuccessiveHalving:
    """Make the strategy."""
    return SuccessiveHalving(context)
