"""The teacher of a network: chosen at its conception, or the network that was given.

One that is chosen is part of what a child is born with: its trajectory key names the teacher's
training, which is the same wherever and whenever the child is trained, and the weights come with
the job. A given network that has learnt the task teaches everybody who is willing, and is part of
the task. Free of torch; `fitness.training.lessons` has what a teacher says.
"""

from __future__ import annotations

from dataclasses import dataclass

from genomes.chromosomes.space import sizes
from genomes.chromosomes.training_genes import IDLE, TEACHING
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.sizes import Sizes

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


def given_teaches(interface: Interface) -> bool:
    """Tell whether it is a given network that teaches, and nobody else in a search."""
    return interface.given is not None and interface.given.teaches


def taught_by_given(chromosomes: Record, interface: Interface) -> bool:
    """Tell whether a network of these chromosomes learns from the given one."""
    return given_teaches(interface) and is_willing(chromosomes)


def teacher_sizes(chromosomes: Record, birth: Record, interface: Interface) -> Sizes | None:
    """Return the sizes of who teaches a network; None if nobody does."""
    if taught_by_given(chromosomes, interface):
        assert interface.given is not None
        return Sizes.of(interface.given.spec)
    teacher = ChosenTeacher.of(birth)
    return None if teacher is None else sizes(teacher.expressed, interface)


def determining(expressed: Record, birth: Record, interface: Interface) -> Record:
    """Return what of the expressed chromosomes a training depends on.

    Without a teacher the genes of teaching do nothing, nor do some others at certain values.
    Networks that differ in such genes alone are trained once, under the key that they would have
    if there were none.
    """
    training = expressed.get("training", Record())
    idle = {name for name, value in IDLE.items() if training.get(name) == value}
    if TEACHER not in birth and not taught_by_given(expressed, interface):
        idle |= training.keys() & {*TEACHING}
    if not idle:
        return expressed
    kept = {name: value for name, value in training.items() if name not in idle}
    return expressed.replacing(training=Record(kept))
