"""Regularized evolution (Real et al. 2019, https://arxiv.org/abs/1802.01548): the oldest die.

A parent is the best of a random sample, a child differs from its one parent in one gene, and the
population keeps the latest. With several objectives the best of a sample is who has the lowest
non-dominated rank, then who is least crowded.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from evo.breeding.conception import founders, mutant, mutate_one_gene, sample
from evo.breeding.operators import toolbox
from evo.breeding.selection import fittest
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
from fitness.evaluation import Evaluation
from genomes.genes.genome import Genome

SAMPLE = 0.5  # competes to be a parent. Real et al. took 25 of 100; populations here are small
ROUNDS = 4  # batches in a generation: children of one batch do not see each other's results


def best_of_sample(
    context: SearchContext, living: Sequence[Individual], rng: random.Random
) -> Iterator[Individual]:
    """Yield the best of a random sample, again and again: lowest rank, then least crowded."""
    count = max(2, round(SAMPLE * context.settings.population))
    while True:
        drawn = rng.sample(living, min(count, len(living)))
        yield fittest(context, drawn, 1, rng)[0]


def youngest(
    context: SearchContext, living: Sequence[Individual], k: int, rng: random.Random
) -> Sequence[Individual]:
    """Keep those that were born last; `living` begins with the oldest."""
    return living[-k:]


OPERATORS: Operators = {
    "sample": sample,
    "mutate": mutate_one_gene,
    "select_parents": best_of_sample,
    "survive": youngest,
}


class Regularized:
    """State between generations is the queue of the living, oldest first."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)
        self.queue: list[Individual] = []

    def generation(self, number: int) -> GenerationPlan:
        rng = self.context.rng("generation", number)
        size, epochs = self.context.settings.population, self.context.settings.adult_epochs
        report = GenerationReport(figures={"juveniles": 0, "adults": size, "audited": 0})
        if not self.queue:
            newborn = founders(self.context, self.box, "male", size, rng, number)
            answers = yield [TrialRequest(genome, "adult", 0, epochs) for genome in newborn]
            self._join(newborn, answers, rng)
            report.born = newborn
            report.parents = [individual.genome.id for individual in self.queue]
            return report
        for start, end in _batches(size):
            parents = self.box.select_parents(self.queue, rng)
            teacher = teacher_among(self.context, self.queue)
            children = [
                mutant(self.context, self.box, f"m{number:03d}-{place:03d}", parent, rng, teacher)
                for place, parent in zip(range(start, end), parents, strict=False)
            ]
            answers = yield [TrialRequest(child, "adult", 0, epochs) for child in children]
            self._join(children, answers, rng)
            report.born += children
        report.parents = [individual.genome.id for individual in self.queue]
        return report

    def _join(
        self, newborn: Sequence[Genome], answers: Sequence[Evaluation], rng: random.Random
    ) -> None:
        """Let the grown join and the oldest die."""
        self.queue += [
            self.context.individual(genome, adult=answer)
            for genome, answer in zip(newborn, answers, strict=True)
            if answer.status == "ok"
        ]
        self.queue = list(self.box.survive(self.queue, self.context.settings.population, rng))

    def state(self) -> dict[str, Any]:
        return {"queue": [individual.genome.id for individual in self.queue]}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.queue = [recall(identity) for identity in state["queue"]]


def _batches(size: int) -> list[tuple[int, int]]:
    bounds = [round(i * size / ROUNDS) for i in range(ROUNDS + 1)]
    return [(a, b) for a, b in pairwise(bounds) if a < b]


def make(context: SearchContext) -> Regularized:
    """Make the strategy."""
    return Regularized(context)
