"""Weights inherited at conception: the job they come from, and their share of the child.

They are part of what a child is born with, so its trajectory key names the whole line of weights.
Free of torch; `genomes.networks.inherit` carries the weights over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fitness.training.chosen_teacher import TEACHER
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from genomes.graph.morphism_plan import inherited_share
from genomes.graph.spec import NetworkSpec

WEIGHTS = "weights"  # their name in what a genome is born with


@dataclass(frozen=True)
class Inheritance:
    """What a trained parent leaves to a child.

    `job` is the training that left the checkpoint, `epochs` all that went into those weights, his
    ancestors' included; `parent` are his expressed chromosomes, which say what the weights are of.
    """

    job: str
    epochs: int
    parent: Record

    @classmethod
    def of(cls, birth: Record) -> Inheritance | None:
        """Return the weights that an individual inherited, None if there are none."""
        found = birth.get(WEIGHTS)
        return None if found is None else cls(found["job"], found["epochs"], found["parent"])

    def added_to(self, birth: Record) -> Record:
        """Return what a child is born with that inherits these weights too."""
        weights = Record(job=self.job, epochs=self.epochs, parent=self.parent)
        return Record({**birth, WEIGHTS: weights})

    def costs(self, parent: NetworkSpec, child: NetworkSpec) -> dict[str, float]:
        """Name what is recorded of an inheritance with every evaluation of the child."""
        share = inherited_share(parent, child)
        return {"inherited_share": share, "inherited_epochs": float(self.epochs)}


def without_weights(birth: Record) -> Record:
    """Return what an individual was born with but for weights, inherited or of a teacher.

    Marks stay.
    """
    return Record({n: value for n, value in birth.items() if n not in (WEIGHTS, TEACHER)})


def from_scratch(genome: Genome) -> Genome:
    """Return the genome as if it had inherited no weights and nobody taught it.

    What it is and its marks stay.
    """
    return replace(genome, birth=without_weights(genome.birth))
