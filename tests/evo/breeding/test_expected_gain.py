import random

import numpy as np
import pytest

from evo.breeding.expected_gain import DRAWS, draw_deviates, most_gain, shortfall

FRONT = np.array([[0.1, 0.9], [0.3, 0.5], [0.9, 0.1]])
DEVIATES = draw_deviates(2, random.Random(0))


def chosen(losses, deviation=0.0):
    losses = np.array(losses)
    return most_gain(FRONT, losses, np.broadcast_to(deviation, losses.shape), DEVIATES)


def test_draws_are_stratified_in_every_objective():
    assert DEVIATES.shape == (DRAWS, 2)
    assert DEVIATES.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert np.sort(DEVIATES[:, 0]).tolist() == np.sort(DEVIATES[:, 1]).tolist()


def test_whoever_is_predicted_to_extend_the_front_most_comes_first():
    assert chosen([[0.2, 0.8], [0.2, 0.6], [0.5, 0.5]], 0.3) == 1


def test_where_nobody_is_predicted_to_extend_it_chance_decides_not_the_sum_of_losses():
    known = [0.2, 0.0]  # the second objective is known
    # The last has the least sum, yet nothing that may happen to it gets it onto the front.
    assert chosen([[0.45, 0.49], [0.35, 0.6], [0.9, 0.1]], known) == 0


def test_the_less_certain_of_two_equals_is_tried():
    losses = [[0.4, 0.6], [0.4, 0.6]]
    assert chosen(losses, np.array([[0.1, 0.1], [0.2, 0.2]])) == 1
    assert chosen(losses, np.array([[0.2, 0.2], [0.1, 0.1]])) == 0


def test_where_no_draw_helps_whoever_fewest_deviations_keep_from_the_front_is_taken():
    assert chosen([[0.99, 0.99], [0.32, 0.52], [0.6, 0.6]], 1e-3) == 1


def test_where_all_is_known_the_least_dominated_is_taken():
    assert chosen([[0.2, 0.95], [0.99, 0.99], [0.35, 0.55]]) == 0
    assert shortfall(FRONT, np.array([[0.35, 0.55], [1.2, 0.2]])) == pytest.approx([0.05, 0.2])
    assert shortfall(FRONT[:0], np.array([[0.5, 1.5]])) == pytest.approx([0.5])
