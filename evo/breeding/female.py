"""A female at work: her genome, her models, and what her predictions have been worth."""

from __future__ import annotations

from dataclasses import dataclass, field

from evo.breeding.skill_record import SkillRecord, Truths
from evo.pareto.fitness import Fitness, fitness_of
from evo.strategy import LifeStage
from fitness.prediction.history import History
from fitness.prediction.surrogate import Surrogate
from genomes.chromosomes.predictor import CANDIDATE
from genomes.genes.genome import Genome

FAILINGS = fitness_of(("lack_of_skill", "cost"), (-1.0, -1.0))


@dataclass
class Female:
    """A female: her genome, her models, and her skill record at each stage of males' lives.

    Her skill, and her fitness, which is what she fails in, are as of when the population was last
    `rated`.
    """

    genome: Genome
    surrogate: Surrogate
    skill_records: dict[LifeStage, SkillRecord]
    skill: float = 0.0
    fitness: Fitness = field(default_factory=FAILINGS)

    def predict(self, history: History, stage: LifeStage) -> Truths:
        """Return objectives (N, K) of males at a stage of life."""
        if stage == CANDIDATE:
            return self.surrogate.predict_candidates(history)
        return self.surrogate.predict(history, stage)
