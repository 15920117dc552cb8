"""Individuals have a DEAP fitness with the weights of the run's objectives, once fully trained."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from deap import base

from evo.pareto.fitness import Fitness
from evo.strategy import Individual
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.evo.toy import AXES, EARLY, FULL, evaluate, toy_world

MAN = Genome("m", "male", Record(parameters=Record(width=4, rate=0.01, operation="good")))
ADULT = evaluate(MAN, "key", EARLY, FULL)


def test_the_weights_are_the_directions_of_the_objectives() -> None:
    fitness = AXES.fitness()
    assert isinstance(fitness, base.Fitness)
    assert fitness.weights == (1.0, -1.0)
    assert type(AXES.fitness()) is type(fitness)


def test_it_is_valid_once_fully_trained_and_holds_the_objectives() -> None:
    individual = toy_world().individual(MAN)
    assert not individual.fitness.valid
    individual.youth = (evaluate(MAN, "key", 0, EARLY),)
    assert not individual.fitness.valid
    individual.grow_up(ADULT)
    assert individual.fitness.valid
    assert individual.fitness.values == (ADULT.objectives["accuracy"], 16.0)
    assert toy_world().individual(MAN, adult=ADULT).fitness == individual.fitness


def test_a_training_that_failed_leaves_no_fitness() -> None:
    failed = replace(ADULT, status="diverged", objectives={})
    assert not toy_world().individual(MAN, adult=failed).fitness.valid


def test_less_is_better_where_an_objective_is_to_fall() -> None:
    better, worse = AXES.fitness(), AXES.fitness()
    better.measure({"accuracy": 0.5, "active_parameters": 10.0})
    worse.measure({"accuracy": 0.5, "active_parameters": 11.0})
    assert better.dominates(worse)
    assert better > worse
    assert copy.deepcopy(better) == better


def test_what_was_not_measured_is_named() -> None:
    with pytest.raises(KeyError, match="active_parameters"):
        AXES.fitness().measure({"accuracy": 0.5})


class Costly(dict[str, float]):
    """Costs that take long to compute."""

    def __len__(self) -> int:
        raise AssertionError("they were computed")


def test_making_an_individual_computes_no_costs() -> None:
    costs = Costly()
    assert toy_world().individual(MAN, costs).costs is costs
    assert toy_world().individual(MAN).costs == {}


def test_without_a_run_there_are_no_objectives() -> None:
    assert not Individual(MAN, {}, adult=ADULT).fitness.valid
    assert Fitness().values == ()
