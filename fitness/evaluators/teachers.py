"""Who teaches in a job: whom its regimen names, else a given network, else whom it was born to."""

from __future__ import annotations

from collections.abc import Callable

from fitness.evaluation import Job
from fitness.regimen import Teacher
from fitness.target import Target
from fitness.training.chosen_teacher import ChosenTeacher, given_teaches
from fitness.training.forward import on_device
from fitness.training.lessons import Lessons
from fitness.training.numerics import Numerics
from fitness.training.recipe import Recipe
from genomes.chromosomes.space import decode
from genomes.graph.interface import Interface
from genomes.networks.given import whole
from genomes.networks.network import Network

Rebuild = Callable[[Teacher], Network]


def lessons_of(
    job: Job,
    recipe: Recipe,
    interface: Interface,
    rebuild: Rebuild,
    target: Target,
    numerics: Numerics,
) -> Lessons | None:
    """Return the lessons of a job, None if nobody teaches it; ValueError for lost weights."""
    teaching = job.regimen.teaching
    if teaching is not None:
        networks = [rebuild(teacher) for teacher in teaching.teachers]
        return Lessons(networks, teaching.temperature, teaching.weight, target, numerics)
    networks = _by_genes(job, recipe, interface, rebuild, numerics)
    if not networks:
        return None
    assert recipe.teaching_temperature is not None  # who is not willing has no teacher
    assert recipe.teaching_weight is not None
    return Lessons(networks, recipe.teaching_temperature, recipe.teaching_weight, target, numerics)


def _by_genes(
    job: Job, recipe: Recipe, interface: Interface, rebuild: Rebuild, numerics: Numerics
) -> list[Network]:
    if given_teaches(interface):
        assert interface.given is not None
        return [on_device(whole(interface.given), numerics)] if recipe.teaching else []
    chosen = ChosenTeacher.of(job.birth)
    if chosen is None:
        return []
    if job.teacher is None:
        raise ValueError(f"received no weights of {chosen.job}, which teaches the child")
    return [rebuild(Teacher(decode(chosen.expressed, interface), job.teacher))]
