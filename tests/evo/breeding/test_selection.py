"""How strategies select unless the user says otherwise."""

from __future__ import annotations

import random
from itertools import islice

import numpy as np
import pytest

from evo.breeding.ensemble import EnsemblePrediction
from evo.breeding.selection import (
    POSSIBLE_FATHERS,
    by_prediction,
    by_rule_of_promotion,
    fittest,
    possible_fathers,
    ranked,
)
from evo.strategy import Individual
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.evo.toy import AXES, EARLY, FULL, toy_world


def male(name: str, accuracy: float, parameters: float, early: float = 0.5) -> Individual:
    curve = (Epoch(1, 1.0, 1.0, early, 1.0, 1.0),)
    costs = {"training_flops": parameters}
    young = Evaluation("j", name, "k", 0, EARLY, "ok", curve=curve, costs=costs)
    objectives = {"accuracy": accuracy, "active_parameters": parameters}
    adult = Evaluation("a", name, "k", EARLY, FULL, "ok", objectives=objectives)
    return Individual(Genome(name, "male", Record()), {}, (young,), adult, fitness=AXES.fitness())


MALES = [male("poor", 0.2, 900.0), male("good", 0.9, 900.0), male("small", 0.5, 4.0)]


def names(males: list[Individual]) -> list[str]:
    return [one.genome.id for one in males]


def test_the_fittest_are_those_that_nobody_dominates() -> None:
    context, rng = toy_world(), random.Random(0)
    assert sorted(names(fittest(context, MALES, 2, rng))) == ["good", "small"]
    assert names(ranked(context, MALES, rng))[-1] == "poor"
    assert len(ranked(context, MALES, rng)) == 3


@pytest.mark.parametrize("rule", ["early-efficiency", "equal"])
def test_possible_fathers_come_in_groups_of_different_males(rule: str) -> None:
    context = toy_world(mate_selection=rule)
    males = [male(f"m{i}", 0.5, 1.0 + i, early=0.9 - 0.1 * i) for i in range(6)]
    fathers = possible_fathers(context, males, random.Random(3))
    groups = [names(list(islice(fathers, POSSIBLE_FATHERS))) for _ in range(300)]
    assert all(len(set(group)) == POSSIBLE_FATHERS for group in groups)
    share = sum("m0" in group for group in groups) / 300
    assert share > 0.7 if rule == "early-efficiency" else share == pytest.approx(0.5, abs=0.1)


def test_the_next_group_is_drawn_when_it_is_asked_for() -> None:
    rng = random.Random(0)
    before = rng.getstate()
    fathers = possible_fathers(toy_world(), MALES, rng)
    assert rng.getstate() == before
    list(islice(fathers, POSSIBLE_FATHERS))
    after = rng.getstate()
    assert after != before
    next(fathers)
    assert rng.getstate() != after


def prediction(*losses: tuple[float, float]) -> EnsemblePrediction:
    rows, nothing = np.array(losses), np.zeros((len(losses), 2))
    return EnsemblePrediction(rows, [rows], nothing, [nothing])


def test_predictions_or_early_efficiency_decide_as_the_rule_of_promotion_says() -> None:
    males = [male("flat", 0.5, 50.0, early=0.1), male("steep", 0.5, 50.0, early=0.9)]
    known, front = prediction((0.1, 0.1), (0.8, 0.8)), np.empty((0, 2))

    def promoted(rule: str) -> list[str]:
        context = toy_world(promotion=rule)
        return names(by_rule_of_promotion(context, males, 1, random.Random(0), known, front))

    assert promoted("in-turn") == promoted("ensemble") == ["flat"]
    assert promoted("early-efficiency") == ["steep"]
    chosen = by_prediction(toy_world(), males, 1, random.Random(0), known, front)
    assert names(chosen) == ["flat"]
