"""Successive halving over several fidelities, as ASHA promotes (Li et al. 2020, arXiv 1810.05934).

Juveniles are drawn at random. At each rung, who is among the best share of all that ever came to
it goes on; the share is such that all rungs together let the promoted share pass. With several
objectives the best are found by non-dominated rank and crowding of the objectives that they had
there (Schmucker et al. 2021, arXiv 2106.12639). Without juveniles this is random search.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evo.breeding.conception import founders, sample, viable
from evo.breeding.operators import toolbox
from evo.strategy import (
    ADULT,
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

STAGED = True


def best_when_young(
    context: SearchContext,
    juveniles: Sequence[Individual],
    k: int,
    rng: random.Random,
    decision: int,
) -> list[Individual]:
    """Select k by NSGA-II over the objectives they had at a decision, counted from 0."""
    return [juveniles[i] for i in context.axes.survivors(early(juveniles, decision), k)]


def early(individuals: Sequence[Individual], decision: int) -> list[dict[str, float]]:
    """Return the objectives that juveniles had at a decision, what costs nothing put in."""
    return [
        {**individual.youth[decision].objectives, **individual.costs} for individual in individuals
    ]


OPERATORS: Operators = {"sample": sample, "promote": best_when_young}


@dataclass
class Rung:
    """Who came to a decision: those that wait and may yet be promoted, and the promoted."""

    waiting: list[Individual] = field(default_factory=list)
    promoted: list[Individual] = field(default_factory=list)


class SuccessiveHalving:
    """State is who came to each rung, and waits there or was promoted."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)
        self.rungs = [Rung() for _ in context.settings.decisions]

    def generation(self, number: int) -> GenerationPlan:
        settings, rng = self.context.settings, self.context.rng("generation", number)
        going = self._drawn(number, settings.population, rng)
        report = GenerationReport(born=[individual.genome for individual in going])
        saved = begun = 0
        for decision, (stage, epochs) in enumerate(settings.decisions.items()):
            answers = yield [TrialRequest(male.genome, stage, begun, epochs) for male in going]
            for individual, answer in zip(going, answers, strict=True):
                individual.youth = (*individual.youth, answer)
            came, begun = len(going), epochs
            sound = [male for male in going if male.youth[-1].status == "ok"]
            self.rungs[decision].waiting += sound
            going = self._promotable(decision, rng)
            saved += (came - len(going)) * (settings.adult_epochs - epochs)
        full = settings.adult_epochs
        answers = yield [TrialRequest(male.genome, ADULT, begun, full) for male in going]
        for individual, answer in zip(going, answers, strict=True):
            individual.grow_up(answer)
        report.figures = {
            "juveniles": settings.population if settings.decisions else 0,
            "adults": len(going),
            "audited": 0,
            "epochs_saved": saved,
        }
        report.waiting = [male.genome.id for rung in self.rungs for male in rung.waiting]
        return report

    def _drawn(self, number: int, size: int, rng: random.Random) -> list[Individual]:
        """Draw newborns; only the first may come from another run."""
        if number == 1:
            first = founders(self.context, self.box, "male", size, rng)
            return [
                self.context.individual(genome, self.context.costs(genome)) for genome in first
            ]
        names = [f"m{number:03d}-{place:03d}" for place in range(size)]
        return [viable(self.context, lambda n=n: self.box.sample(n, "male", rng)) for n in names]  # type: ignore[misc]

    def _promotable(self, decision: int, rng: random.Random) -> list[Individual]:
        """Promote those of the best share of all who came to a rung that wait there."""
        rung = self.rungs[decision]
        everyone = [*rung.promoted, *rung.waiting]
        count = int(_share(self.context.settings) * len(everyone))
        if everyone and not rung.promoted:
            count = max(1, count)
        chosen = self.box.promote(everyone, count, rng, decision)
        best = {individual.genome.id for individual in chosen}
        promoted = [individual for individual in rung.waiting if individual.genome.id in best]
        rung.promoted += promoted
        rung.waiting = [male for male in rung.waiting if male.genome.id not in best]
        return promoted

    def state(self) -> dict[str, Any]:
        return {
            "rungs": [
                {name: [male.genome.id for male in males] for name, males in vars(rung).items()}
                for rung in self.rungs
            ]
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.rungs = [
            Rung(**{name: [self._recalled(i, recall) for i in ids] for name, ids in saved.items()})
            for saved in state.get("rungs", [state])  # earlier versions knew a single one
        ]

    def _recalled(self, identity: str, recall: Recall) -> Individual:
        individual = recall(identity)
        individual.costs = self.context.costs(individual.genome)
        return individual


def _share(settings: Settings) -> float:
    """Return the share that each rung lets pass."""
    return float(settings.promoted_share ** (1 / len(settings.decisions)))


def expected(settings: Settings, number: int) -> Expected:
    """Return how many trainings a generation asks for."""
    size = settings.population
    if not settings.decisions:
        return Expected(0, size)
    further = tuple(_share(settings) ** n * size for n in range(1, len(settings.decisions)))
    return Expected(size, settings.promoted_share * size, further=further)


def make(context: SearchContext) -> SuccessiveHalving:
    """Make the strategy."""
    return SuccessiveHalving(context)
