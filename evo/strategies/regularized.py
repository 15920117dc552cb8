"""Regularized evolution (Real et al. 2019, https://arxiv.org/abs/1802.01548): the oldest die.

A parent is the best of a random sample, a child differs from its one parent in one gene, and the
population keeps the latest. With several objectives the best of a sample is who has the lowest
non-dominated rank, then who is least crowded.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from evo.breeding.conception import founders, mutant, toolbox
from evo.strategy import (
    GenerationPlan,
    GenerationReport,
    Individual,
    Recall,
    SearchContext,
    TrialRequest,
)
from fitness.evaluation import Evaluation
from genomes.genes.genome import Genome

SAMPLE = 0.5  # competes to be a parent. Real et al. took 25 of 100; populations here are small
ROUNDS = 4  # batches in a generation: children of one batch do not see each other's results


class Regularized:
    """State between generations is the queue of the living, oldest first."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context)
        self.queue: list[Individual] = []

    def generation(self, number: int) -> GenerationPlan:
        rng = self.context.rng("generation", number)
        size, epochs = self.context.settings.population, self.context.settings.adult_epochs
        report = GenerationReport(figures={"juveniles": 0, "adults": size, "audited": 0})
        if not self.queue:
            newborn = founders(self.context, self.box, "male", size, rng, number)
            answers = yield [TrialRequest(genome, "adult", 0, epochs) for genome in newborn]
            self._join(newborn, answers)
            report.born = newborn
            report.parents = [individual.genome.id for individual in self.queue]
            return report
        for start, end in _batches(size):
            children = [
                mutant(self.context, f"m{number:03d}-{place:03d}", self._parent(rng), rng, 1)
                for place in range(start, end)
            ]
            answers = yield [TrialRequest(child, "adult", 0, epochs) for child in children]
            self._join(children, answers)
            report.born += children
        report.parents = [individual.genome.id for individual in self.queue]
        return report

    def _parent(self, rng: random.Random) -> Individual:
        """Return the best of a random sample: lowest rank, then least crowded."""
        count = max(2, round(SAMPLE * self.context.settings.population))
        sample = rng.sample(self.queue, min(count, len(self.queue)))
        return sample[
            self.context.axes.survivors((individual.objectives for individual in sample), 1)[0]
        ]

    def _join(self, newborn: Sequence[Genome], answers: Sequence[Evaluation]) -> None:
        """Let the grown join and the oldest die."""
        self.queue += [
            self.context.individual(genome, adult=answer)
            for genome, answer in zip(newborn, answers, strict=True)
            if answer.status == "ok"
        ]
        self.queue = self.queue[-self.context.settings.population :]

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
