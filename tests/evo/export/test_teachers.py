"""Plans of teaching: who teaches whom, and what is refused before anything is trained."""

from __future__ import annotations

import pytest

from evo.errors import BadInput
from evo.export.teachers import Lineage, Taught, TeachingPlan
from fitness.regimen import Teacher
from tests.fitness.tiny import evaluator, expressed

SPEC = evaluator().spec(expressed())


def known(name: str) -> Teacher:
    return Teacher(SPEC, name.encode())


def names(teachers: list[Teacher]) -> list[str]:
    return [teacher.checkpoint.decode() for teacher in teachers]


def test_which_generations_there_are() -> None:
    assert list(TeachingPlan().all_generations) == [0]
    assert list(TeachingPlan(generations=2).all_generations) == [0, 1, 2]
    assert list(TeachingPlan("ensemble").all_generations) == [0, 1]
    assert list(TeachingPlan("best", 3).all_generations) == [1, 2, 3]


def test_each_is_taught_by_its_parent_and_the_last_by_all() -> None:
    lineage = Lineage(TeachingPlan(generations=3))
    before: dict[int, Taught] = {
        number: {seed: known(f"{number}.{seed}") for seed in (1, 2)} for number in range(3)
    }
    for generation, seed, said, expected in (
        (1, 2, "generation 0", ["0.2"]),
        (2, 1, "generation 1", ["1.1"]),
        (3, 2, "generations 0 to 2", ["0.2", "1.2", "2.2"]),
    ):
        part = {number: before[number] for number in range(generation)}
        name, teachers = lineage.teachers(generation, seed, part)
        assert (name, names(teachers)) == (said, expected)


def test_the_first_generation_has_the_teacher_that_was_asked_for() -> None:
    before: dict[int, Taught] = {0: {seed: known(f"0.{seed}") for seed in (1, 2, 4)}}
    name, teachers = Lineage(TeachingPlan("ensemble")).teachers(1, 3, before)
    assert (name, names(teachers)) == ("ensemble of 3 seeds", ["0.1", "0.2", "0.4"])
    outside = Lineage(TeachingPlan("other/m1", 2), "other/m1", known("m1"))
    name, teachers = outside.teachers(1, 1, {})
    assert (name, names(teachers)) == ("other/m1", ["m1"])
    name, teachers = outside.teachers(2, 1, {1: {1: known("1.1")}})
    assert (name, names(teachers)) == ("generation 1", ["1.1"])


def test_who_lost_his_parent_is_not_taught() -> None:
    lineage = Lineage(TeachingPlan(generations=2))
    assert lineage.teachers(2, 1, {0: {1: known("0.1")}, 1: {}}) == ("", [])


def test_what_is_refused() -> None:
    with pytest.raises(BadInput, match="--generations: received 0"):
        TeachingPlan(generations=0)
    with pytest.raises(BadInput, match="--temperature means something with --teacher"):
        TeachingPlan(temperature=2.0)
    with pytest.raises(BadInput, match="--teaching-weight means something with --teacher"):
        TeachingPlan(weight=0.5)
    with pytest.raises(BadInput, match="received temperature -1"):
        TeachingPlan("best", temperature=-1.0).by([known("a")])
