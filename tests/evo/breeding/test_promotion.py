import random

import numpy as np
import pytest

from evo.breeding.promotion import (
    choose_by_draws,
    choose_by_early_efficiency,
    early_area,
    mating_weights,
)
from evo.strategy import Individual
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome


def juvenile(identity, metrics, flops):
    curve = tuple(Epoch(i + 1, 1.0, 1.0, m, 1.0, 1.0) for i, m in enumerate(metrics))
    evaluation = Evaluation(
        identity, identity, "key", 0, len(metrics), "ok", curve=curve,
        costs={"training_flops": flops},
    )  # fmt: skip
    return Individual(Genome(identity, "male", Record()), {}, youth=(evaluation,))


QUICK = juvenile("m1", [0.6, 0.8], 1e6)
SLOW = juvenile("m2", [0.5, 0.7], 1e9)  # worse and dearer than QUICK
BEST = juvenile("m3", [0.8, 0.9], 1e9)


def test_early_area_is_the_mean_metric():
    assert early_area(QUICK) == pytest.approx(0.7)


def test_early_efficiency_is_a_rank_not_a_quotient():
    assert mating_weights("early-efficiency", [QUICK, SLOW, BEST]) == [1.0, 0.5, 1.0]
    assert mating_weights("equal", [QUICK, SLOW]) == [1.0, 1.0]


def test_an_unknown_display_rule_names_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'equal'"):
        mating_weights("equall", [QUICK])


def test_court_by_early_efficiency_takes_the_front_first_then_the_larger_area():
    assert choose_by_early_efficiency([SLOW, QUICK, BEST], 2) == [2, 1]
    assert choose_by_early_efficiency([SLOW, QUICK, BEST], 3) == [2, 1, 0]


def choose(front, predictions, places, deviation=0.0, seed=0):
    deviations = [np.full(prediction.shape, deviation) for prediction in predictions]
    return choose_by_draws(front, predictions, deviations, places, random.Random(seed))


def test_each_place_goes_to_the_largest_gain_given_those_before():
    front = np.array([[0.5, 0.5]])
    predicted = np.array([[0.1, 0.6], [0.11, 0.6], [0.7, 0.2], [0.6, 0.6]])
    assert choose(front, [predicted], 2) == [0, 2]


def test_an_empty_front_and_too_many_places_are_fine():
    assert choose(np.empty((0, 2)), [np.array([[0.5, 0.5]])], 3) == [0]
    assert choose(np.empty((0, 2)), [np.empty((0, 2))], 3) == []


def test_members_choose_in_turn_each_by_her_own_predictions():
    front = np.array([[0.5, 0.5]])
    one = np.array([[0.1, 0.6], [0.7, 0.2], [0.6, 0.6], [0.9, 0.9]])
    other = np.array([[0.9, 0.9], [0.9, 0.9], [0.9, 0.9], [0.1, 0.1]])
    assert choose(front, [one, other], 3) == [0, 3, 1]
    assert choose(front, [one], 2) == [0, 1]
    assert choose(np.empty((0, 2)), [one], 9) == choose(front[:0], [one], 4)
