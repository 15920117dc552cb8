"""Random search: every generation draws as many males as the population holds, trained in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evo.breeding.conception import sample, viable
from evo.breeding.operators import toolbox
from evo.strategy import (
    GenerationPlan,
    GenerationReport,
    Operators,
    Recall,
    SearchContext,
    TrialRequest,
)

OPERATORS: Operators = {"sample": sample}


class RandomSearch:
    """Has no state: the streams of random numbers depend on the generation alone."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)

    def generation(self, number: int) -> GenerationPlan:
        rng = self.context.rng("generation", number)
        born = []
        for place in range(self.context.settings.population):
            identity = f"m{number:03d}-{place:03d}"
            individual = viable(self.context, lambda i=identity: self.box.sample(i, "male", rng))  # type: ignore[misc]
            born.append(individual.genome)
        epochs = self.context.settings.adult_epochs
        yield [TrialRequest(genome, "adult", 0, epochs) for genome in born]
        return GenerationReport(
            born=born, figures={"juveniles": 0, "adults": len(born), "audited": 0}
        )

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        """Nothing to take up."""


def make(context: SearchContext) -> RandomSearch:
    """Make the strategy."""
    return RandomSearch(context)
