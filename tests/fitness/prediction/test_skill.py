import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from fitness.prediction.skill import Calibration, calibration, shrunk_skill, weighted_kendall

small = st.integers(0, 4)


def test_order_and_reverse_order():
    assert weighted_kendall([1, 2, 3], [10, 20, 30]) == 1.0
    assert weighted_kendall([1, 2, 3], [30, 20, 10]) == -1.0
    assert weighted_kendall([1, 2, 3], [10, 30, 20]) == pytest.approx(1 / 3)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(small, small), min_size=2, max_size=12))
def test_equal_weights_give_tau_b(pairs):
    x, y = zip(*pairs, strict=True)
    expected = kendalltau(x, y).statistic
    assert weighted_kendall(x, y) == pytest.approx(0.0 if math.isnan(expected) else expected)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(small, small, st.integers(1, 3)), min_size=2, max_size=8))
def test_a_record_of_weight_two_stands_for_two(records):
    x, y, w = (list(column) for column in zip(*records, strict=True))
    weighted = np.array([w])
    # Twins of one record tie with each other in both, and tau-b drops such pairs.
    x_twins, y_twins = np.repeat(x, weighted[0]), np.repeat(y, weighted[0])
    expected = kendalltau(x_twins, y_twins).statistic
    expected = 0.0 if math.isnan(expected) else expected
    assert weighted_kendall(x, y, w) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("predicted", "true"),
    [([], []), ([1.0], [2.0]), ([1.0, 1.0], [1.0, 2.0]), ([math.nan, 1.0], [1.0, 2.0])],
)
def test_nothing_to_compare_is_no_skill(predicted, true):
    assert weighted_kendall(predicted, true) == 0.0


def test_records_of_unknown_outcome_or_no_weight_are_left_out():
    assert weighted_kendall([1, 2, math.inf], [1, 2, 0]) == 1.0
    assert weighted_kendall([1, 2, 3], [1, 2, 0], [1, 1, 0]) == 1.0


def test_lists_of_different_length_are_refused():
    with pytest.raises(ValueError, match="three lists of one length"):
        weighted_kendall([1, 2], [1, 2, 3])


def test_shrunk_skill_moves_from_the_history_to_what_was_shown():
    assert shrunk_skill(0.9, 0, history_tau=0.3, strength=10) == pytest.approx(0.3)
    assert shrunk_skill(0.9, 10, history_tau=0.3, strength=10) == pytest.approx(0.6)
    assert shrunk_skill(0.9, 10_000, history_tau=0.3, strength=10) == pytest.approx(0.9, abs=1e-2)
    assert shrunk_skill(0.9, 0, strength=0) == 0.0
    with pytest.raises(ValueError, match="count=-1"):
        shrunk_skill(0.9, -1)


def test_calibration():
    exact = calibration([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (exact.count, exact.bias, exact.rmse) == (3, 0.0, 0.0)
    assert exact.slope == pytest.approx(1.0)
    bold = calibration([0.0, 4.0], [1.0, 2.0])
    assert bold.bias == pytest.approx(0.5)
    assert bold.rmse == pytest.approx(math.sqrt(2.5))
    assert bold.slope == pytest.approx(0.25)


def test_calibration_weights_records():
    assert calibration([1.0, 0.0], [0.0, 0.0], [3.0, 1.0]).bias == pytest.approx(0.75)


def test_calibration_of_nothing_or_of_constants():
    assert calibration([], []) == Calibration(0, 0.0, 0.0, 0.0)
    assert calibration([2.0, 2.0], [1.0, 3.0]).slope == 0.0
