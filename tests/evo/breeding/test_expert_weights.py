import json

import numpy as np
import pytest

from evo.breeding.expert_weights import RECENT, SHARED, ExpertWeights, share_misordered


def test_all_begin_with_equal_weights():
    assert ExpertWeights(2).of(["a", "b"]) == pytest.approx(np.full((2, 2), 0.5))


def test_who_loses_less_counts_more_for_that_objective():
    weights = ExpertWeights(2)
    weights.learn({"a": np.array([0.0, 0.9]), "b": np.array([0.5, 0.1])})
    a, b = weights.of(["a", "b"])
    assert a[0] > 0.5 > a[1]
    assert a + b == pytest.approx([1.0, 1.0])


def test_a_member_who_is_right_later_is_heard_soon():
    weights = ExpertWeights(1)
    for _ in range(200):
        weights.learn({"early": np.array([0.1]), "late": np.array([0.5])})
    assert weights.of(["late"]) == pytest.approx(1.0)  # alone, whoever it is
    assert weights.of(["early", "late"])[1, 0] < 0.3
    rounds = 0
    while weights.of(["early", "late"])[1, 0] < 0.5:
        weights.learn({"early": np.array([0.5]), "late": np.array([0.1])})
        rounds += 1
    assert rounds < 30


def test_who_comes_in_is_heard_little_at_first_and_who_says_nothing_keeps_his():
    weights = ExpertWeights(1)
    nothing = np.array([np.nan])
    weights.learn({"a": np.array([0.2]), "b": np.array([0.4]), "silent": nothing})
    a, b, silent, new = weights.of(["a", "b", "silent", "new"])[:, 0]
    assert a > silent > b
    assert new == pytest.approx(SHARED / 3, abs=0.02)
    weights.learn({"a": nothing, "b": nothing})
    assert weights.of(["a", "b"])[0, 0] > 0.5


def test_regret_towards_the_best_member_is_bounded():
    """The mixture loses no more than the best of eight plus what Hedge's bound allows."""
    rng = np.random.default_rng(0)
    losses = rng.uniform(size=(50, 8)) * np.linspace(0.4, 1.0, 8)
    weights, names, lost = ExpertWeights(1), [str(i) for i in range(8)], 0.0
    for row in losses:
        lost += float(weights.of(names)[:, 0] @ row)
        weights.learn({name: np.array([x]) for name, x in zip(names, row, strict=True)})
    assert lost < losses.sum(axis=0).min() + np.sqrt(50 * np.log(8) / 2) + 50 * 0.1 * 0.5
    assert lost < losses.mean(axis=1).sum()  # better than equal weights


def test_a_restored_state_goes_on_equally():
    weights, again = ExpertWeights(2), ExpertWeights(2)
    weights.learn({"a": np.array([0.1, 0.2]), "b": np.array([0.3, 0.0])})
    again.restore(json.loads(json.dumps(weights.state())))
    for one in (weights, again):
        one.learn({"a": np.array([0.4, 0.2]), "c": np.array([0.3, 0.1])})
    np.testing.assert_array_equal(weights.of(["a", "c"]), again.of(["a", "c"]))


def order(values):
    return np.array(values, dtype=float)[:, None]


def test_pairs_in_the_wrong_order_are_counted():
    ones = np.ones(3)
    truth = order([1, 2, 3])
    assert share_misordered(order([1, 2, 3]), truth, ones, 3) == pytest.approx([0.0])
    assert share_misordered(order([3, 2, 1]), truth, ones, 3) == pytest.approx([1.0])
    assert share_misordered(order([1, 3, 2]), truth, ones, 3) == pytest.approx([1 / 3])
    assert share_misordered(order([5, 5, 5]), truth, ones, 3) == pytest.approx([0.5])
    assert np.isnan(share_misordered(order([1, 2, 3]), order([7, 7, 7]), ones, 3)).all()


def test_pairs_among_males_of_earlier_rounds_are_not_counted_again():
    truth = order([1, 2, 3])
    wrong_before = order([2, 1, 3])
    assert share_misordered(wrong_before, truth, np.ones(3), 1) == pytest.approx([0.0])
    many = np.arange(RECENT + 10.0)
    predicted = many.copy()
    predicted[:5] = 1e9  # too long ago to be compared with the last
    assert share_misordered(order(predicted), order(many), np.ones(len(many)), 1) == (
        pytest.approx([0.0])
    )


def test_a_pair_counts_as_its_rarer_male():
    truth, predicted = order([1, 2, 3]), order([2, 1, 3])
    weights = np.array([1.0, 1.0, 20.0])  # the last was audited
    assert share_misordered(predicted, truth, weights, 3) == pytest.approx([1 / 41])
