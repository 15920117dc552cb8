"""The teacher that is chosen for a network at its conception: whose trained weights, and of what.

It is part of what a child is born with, so its trajectory key names the teacher's training, which
is the same wherever and whenever the child is trained. The weights come with the job. Free of
torch; `fitness.training.lessons` has what a teacher says.
"""

from __future__ import annotations

from dataclasses import dataclass

from genomes.chromosomes.training_genes import TEACHING
from genomes.genes.gene import Record

TEACHER = "teacher"  # its name in what a genome is born with


@dataclass(frozen=True)
class ChosenTeacher:
    """The trained network that teaches a child.

    `job` is the training that left its checkpoint; its `expressed` chromosomes say what the
    weights are of.
    """

    job: str
    expressed: Record

    @classmethod
    def of(cls, birth: Record) -> ChosenTeacher | None:
        """Return who teaches an individual, None if nobody does."""
        found = birth.get(TEACHER)
        return None if found is None else cls(found["job"], found["expressed"])

    def added_to(self, birth: Record) -> Record:
        """Return what a child is born with that this one teaches too."""
        return Record({**birth, TEACHER: Record(job=self.job, expressed=self.expressed)})


def is_willing(chromosomes: Record) -> bool:
    """Tell whether a network of these chromosomes learns from a teacher, if there is one."""
    return bool(chromosomes.get("training", Record()).get(TEACHING[0], False))


def determining(expressed: Record, birth: Record) -> Record:
    """Return what of the expressed chromosomes a training depends on.

    Without a teacher the genes of teaching do nothing. Networks that differ in them alone are then
    trained once, under the key that they would have if there were no such genes.
    """
    training = expressed.get("training", Record())
    if TEACHER in birth or TEACHING[0] not in training:
        return expressed
    kept = {name: value for name, value in training.items() if name not in TEACHING}
    return expressed.replacing(training=Record(kept))
