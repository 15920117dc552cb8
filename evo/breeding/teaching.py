"""Who teaches the children of a generation: chosen at conception, from those that are alive.

The teacher is part of what a child is born with. So it is the same for any runner and after any
resume, and the child's trajectory key names its training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evo.strategy import Individual, SearchContext
from fitness.training.chosen_teacher import ChosenTeacher, is_willing
from genomes.chromosomes.training_genes import TEACHING
from genomes.genes.gene import Fixed
from genomes.genes.genome import Genome, Space


def may_teach(space: Space) -> bool:
    """Tell whether networks of a space can learn from a teacher."""
    training = space.chromosomes.get("training")
    gene = None if training is None else training.fields.get(TEACHING[0])
    return gene is not None and gene != Fixed(False)


def teacher_among(context: SearchContext, living: Sequence[Individual]) -> ChosenTeacher | None:
    """Return the best of grown males in the main objective; None if none of them is to teach.

    Of equals it is the best in the other objectives, in their order, at last by id: so nobody
    alive dominates him.
    """
    if not (living and context.peers_teach and may_teach(context.space)):
        return None
    main = context.axes.main
    axes = [main, *(axis for axis in context.axes.axes if axis is not main)]

    def losses(male: Individual) -> tuple[list[float], str]:
        return [axis.sign * male.objectives[axis.name] for axis in axes], male.genome.id

    best = min(living, key=losses)
    assert best.adult is not None  # he has objectives
    return ChosenTeacher(best.adult.job, best.genome.expressed())


def taught(child: Genome, teacher: ChosenTeacher | None) -> Genome:
    """Return a child with its teacher, if there is one and its genes have it learn."""
    if teacher is None or child.sex == "female" or not is_willing(child.chromosomes):
        return child
    return replace(child, birth=teacher.added_to(child.birth))
