"""A user's function as a problem: his space, what he knows beforehand, the wording of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evo.errors import BadInput
from evo.problems.function_knowledge import Knowledge
from fitness.evaluation import Job, trajectory_key
from fitness.prediction.stage_model import predictor_kinds
from fitness.stages import epochs_of_youth
from genomes.chromosomes import predictor
from genomes.chromosomes.plain_predictors import PLAIN_PINS
from genomes.genes.gene import Struct, Value
from genomes.genes.genome import Genome, Space

TASK = "function"  # what stands for the data in a trajectory key


@dataclass(frozen=True)
class FunctionProblem:
    """The points of a space, within a user's constraints.

    With a single one of the `stages`, a female never sees a learning curve.
    """

    parameters: Struct
    seed: int
    stages: tuple[int, ...]
    knowledge: Knowledge
    pins: Mapping[str, Value] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        knowledge: Knowledge,
        seed: int,
        stages: tuple[int, ...],
        pins: Mapping[str, Value],
    ) -> FunctionProblem:
        """Return the problem; raise `BadInput` for bad pins, or if no point is feasible."""
        problem = cls(knowledge.parameters, seed, stages, knowledge, pins)
        try:
            space = problem.space
        except ValueError as error:
            raise BadInput(f"pins: {error}") from None
        tried = knowledge.tried(space.chromosomes["parameters"], seed)
        return replace(problem, knowledge=tried)

    @property
    def adult_epochs(self) -> int:
        """Epochs of a full evaluation."""
        return self.stages[-1]

    @property
    def space(self) -> Space:
        """The chromosomes: the user's parameters, and a predictor. ValueError for bad pins."""
        seen = epochs_of_youth(self.stages)
        genes = predictor.genes(max(1, seen), predictor_kinds())
        space = Space({"parameters": self.parameters, "predictor": genes})
        unseen = {"predictor.reads_curve": False, "predictor.reads_shown": False}
        return space.pin({**PLAIN_PINS, **({} if seen else unseen), **self.pins})

    def costs(self, genome: Genome) -> Mapping[str, float]:
        """Return what the user's `costs` knows; raise `Unviable` for an infeasible point."""
        return self.knowledge.of(genome.chromosomes["parameters"])

    def job(self, genome: Genome, from_epoch: int, to_epoch: int, replicate: int = 0) -> Job:
        """Word the evaluation of a point; its seed, 31 bits, depends on run and point alone."""
        expressed = genome.expressed()
        key = trajectory_key(expressed, genome.birth, TASK, self.adult_epochs, None, replicate)
        words = np.random.SeedSequence([self.seed, int(key, 16)]).generate_state(1)
        return Job(
            genome=genome.id,
            expressed=expressed,
            birth=genome.birth,
            key=key,
            seed=int(words[0]) >> 1,
            from_epoch=from_epoch,
            to_epoch=to_epoch,
            adult_epochs=self.adult_epochs,
        )
