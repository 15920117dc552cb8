"""Teachers of children: the best of the living, chosen at conception, whose weights are kept."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from evo.breeding.conception import VARIATION, founders, mutant, viable
from evo.breeding.operators import toolbox
from evo.breeding.teaching import may_teach, taught, teacher_among
from evo.strategy import STRATEGIES, Individual, SearchContext, make_strategy
from fitness.evaluation import Evaluation
from fitness.training.chosen_teacher import ChosenTeacher, is_willing
from genomes.chromosomes.mechanism_registry import MECHANISMS
from genomes.chromosomes.space import network_space
from genomes.genes.gene import Choice, Record, Struct
from genomes.genes.genome import Genome, Space
from genomes.graph.interface import Interface
from tests.evo.toy import Lab, toy_world

OPEN = network_space(family="mlp", interface=Interface((13,), 3))
OFF = MECHANISMS.load("teaching").OFF
TEACHER = ChosenTeacher("job-t", Record(architecture=Record(width=3)))


def world(*options: bool) -> SearchContext:
    """The toy world with a gene of teaching that has these options."""
    context = toy_world()
    training = Struct({"teaching": Choice(options)})
    return replace(context, space=Space({**context.space.chromosomes, "training": training}))


def grown(name: str, accuracy: float, parameters: float, context: SearchContext) -> Individual:
    genome = context.space.sample(name, "male", random.Random(name))
    objectives = {"accuracy": accuracy, "active_parameters": parameters}
    adult = Evaluation(f"job-{name}", name, name, 0, 8, "ok", objectives=objectives)
    return context.individual(genome, adult=adult)


def test_a_space_teaches_unless_the_mechanism_is_off() -> None:
    assert may_teach(OPEN)
    assert not may_teach(OPEN.pin(OFF))
    assert may_teach(OPEN.pin({**OFF, "training.teaching": True}))
    assert not may_teach(toy_world().space)  # a user's function


def test_the_best_in_the_main_objective_teaches_and_of_equals_the_smallest() -> None:
    context = world(False, True)
    living = [
        grown(*given, context)  # type: ignore[arg-type]
        for given in (("a", 0.8, 5.0), ("c", 0.9, 30.0), ("d", 0.9, 20.0), ("b", 0.9, 20.0))
    ]
    expected = ChosenTeacher("job-b", living[3].genome.expressed())
    assert teacher_among(context, living) == expected
    assert teacher_among(context, living[::-1]) == expected
    assert teacher_among(context, []) is None
    assert teacher_among(toy_world(), living) is None
    assert teacher_among(replace(context, peers_teach=False), living) is None


def test_who_is_willing_is_taught() -> None:
    for willing in (False, True):
        son = Genome("m", "male", Record(training=Record(teaching=willing)))
        assert is_willing(son.chromosomes) == willing
        assert taught(son, None) == son
        born = taught(replace(son, birth=Record(marks=("1",))), TEACHER).birth
        assert ChosenTeacher.of(born) == (TEACHER if willing else None)
        assert born["marks"] == ("1",)
        daughter = replace(son, sex="female")
        assert taught(daughter, TEACHER) == daughter
    assert not is_willing(Record(parameters=Record()))


def test_children_get_the_teacher_and_founders_from_another_run_lose_theirs() -> None:
    context = world(True)
    box, parent = toolbox(context, VARIATION), grown("p", 0.5, 9.0, context)
    child = mutant(context, box, "c", parent, random.Random(0), TEACHER)
    assert ChosenTeacher.of(child.birth) == TEACHER
    assert ChosenTeacher.of(viable(context, lambda: child).genome.birth) == TEACHER
    elsewhere = replace(context, founders=(child,))
    assert founders(elsewhere, box, "male", 1, random.Random(0))[0].birth == Record()


@pytest.mark.parametrize("name", [n for n in STRATEGIES.names() if n != "successive-halving"])
def test_every_strategy_that_breeds_has_teachers_whose_weights_it_keeps(name: str) -> None:
    lab = Lab(make_strategy(name, world(True))).run(1, 5)
    jobs: dict[str, Any] = {
        one.adult.job: one.genome.expressed() for one in lab.individuals.values() if one.adult
    }
    kept: set[str] = set()  # those of whom the record keeps the weights
    pupils = 0
    for report in lab.accounts:
        sons = [genome for genome in report.born if genome.sex == "male"]
        adults = {genome.id for genome in sons if lab.individuals[genome.id].adult}
        for teacher in filter(None, (ChosenTeacher.of(genome.birth) for genome in sons)):
            assert teacher.expressed == jobs[teacher.job]
            (owner,) = {
                one.genome.id
                for one in lab.individuals.values()
                if one.adult and one.adult.job == teacher.job
            }
            assert owner in kept | adults
            pupils += 1
        kept = set(report.parents)
    assert not any(ChosenTeacher.of(genome.birth) for genome in lab.accounts[0].born[:4])
    assert bool(pupils) == (name != "random")
