import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitness.prediction.outcomes import Targets, planned
from genomes.chromosomes.predictor import COST_TERMINALS

NAN = np.full((3, 1), np.nan)


def costs(**values):
    return np.array([[values.get(name, np.nan) for name in COST_TERMINALS]])


def test_planned_outcomes_are_logarithms():
    known = costs(
        planned_active_ratio=0.1,
        log_planned_parameters=2.0,
        log_dense_parameters=3.0,
        log_flops=5.0,
    )
    outcomes = ("accuracy", "active_ratio", "active_parameters", "dense_parameters", "flops")
    np.testing.assert_allclose(planned(known, outcomes), [[np.nan, -1.0, 2.0, 3.0, 5.0]])
    assert np.isnan(planned(known, ("latency",))).all()


@pytest.mark.parametrize("transform", ["none", "logit", "rank"])
@pytest.mark.parametrize("outcome", ["accuracy", "flops"])
def test_what_is_learnt_is_standardised_and_decodes_to_the_truth(transform, outcome):
    truth = (
        np.array([[0.2], [0.9], [0.6]])
        if outcome == "accuracy"
        else np.array([[1e3], [10], [1e6]])
    )
    targets = Targets(truth, NAN, (outcome,), transform)
    np.testing.assert_allclose(targets.learnt.mean(), 0.0, atol=1e-12)
    np.testing.assert_allclose(targets.learnt.std(), 1.0)
    np.testing.assert_allclose(targets.decode(targets.learnt, NAN), truth, rtol=1e-9)


def test_counts_are_learnt_as_logarithms():
    learnt = Targets(np.array([[1e2], [1e3], [1e4]]), NAN, ("flops",), "none").learnt
    np.testing.assert_allclose(learnt[1], 0.0, atol=1e-12)


def test_a_planned_outcome_is_learnt_as_deviation_from_its_plan():
    plan = np.array([[2.0], [3.0], [4.0]])
    targets = Targets(10.0**plan * 0.5, plan, ("active_parameters",), "rank")
    np.testing.assert_allclose(targets.learnt, 0.0, atol=1e-9)  # the deviation never varies
    predicted = targets.decode(np.zeros((1, 1)), np.array([[5.0]]))
    np.testing.assert_allclose(predicted, [[0.5e5]])


def test_a_plan_that_is_not_known_of_all_is_not_used():
    plan = np.array([[2.0], [np.nan], [4.0]])
    truth = np.array([[50.0], [70.0], [90.0]])
    targets = Targets(truth, plan, ("active_parameters",), "none")
    np.testing.assert_allclose(targets.decode(targets.learnt, plan), truth)


def test_rank_scores_are_symmetric_and_ties_share_theirs():
    targets = Targets(
        np.array([[0.1], [0.5], [0.5], [0.9]]), np.full((4, 1), np.nan), ("a",), "rank"
    )
    low, tie, tie_too, high = targets.learnt[:, 0]
    assert tie == tie_too == pytest.approx(0.0, abs=1e-12)
    assert low == pytest.approx(-high)


def test_logit_is_left_out_where_truths_are_no_shares():
    truth = np.array([[-5.0], [0.0], [5.0]])
    logit, none = (Targets(truth, NAN, ("a",), t) for t in ("logit", "none"))
    np.testing.assert_array_equal(logit.learnt, none.learnt)


def test_an_unknown_transform_is_refused():
    with pytest.raises(ValueError, match="'cube', expected none, logit or rank"):
        Targets(np.array([[0.1], [0.5], [0.9]]), NAN, ("a",), "cube")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8),
    st.lists(st.one_of(st.floats(), st.floats(-3, 3)), min_size=1, max_size=5),
    st.sampled_from(["none", "logit", "rank"]),
)
def test_whatever_a_model_says_a_share_stays_a_share(truth, said, transform):
    known = np.array(truth)[:, None]
    targets = Targets(known, np.full(known.shape, np.nan), ("accuracy",), transform)
    answer = np.array(said)[:, None]
    predicted = targets.decode(answer, np.full(answer.shape, np.nan))
    assert predicted.min() >= 0.0
    assert predicted.max() <= 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.05, 0.95), min_size=2, max_size=8, unique=True),
    st.lists(st.floats(-2, 2), min_size=2, max_size=6),
    st.sampled_from(["none", "logit", "rank"]),
)
def test_decoding_keeps_the_order(truth, said, transform):
    known = np.array(truth)[:, None]
    targets = Targets(known, np.full(known.shape, np.nan), ("accuracy",), transform)
    answer = np.sort(np.array(said))[:, None]
    predicted = targets.decode(answer, np.full(answer.shape, np.nan))[:, 0]
    assert (np.diff(predicted) >= -1e-12).all()


def test_an_outcome_on_a_log_scale_is_learnt_as_its_logarithm():
    truths = np.array([[1e-4], [1e-3], [1e-2]])
    plan = np.full((3, 1), np.nan)
    targets = Targets(truths, plan, ("loss",), "none", {"loss"})
    np.testing.assert_allclose(np.diff(targets.learnt[:, 0]), np.diff(targets.learnt[:, 0])[0])
    np.testing.assert_allclose(targets.decode(targets.learnt, plan), truths)
    assert targets.decode(np.array([[50.0]]), plan[:1])[0, 0] == pytest.approx(0.1)


def test_counts_in_millions_may_be_below_one():
    truths = np.array([[0.1], [1.0], [10.0]])
    plan = np.full((3, 1), np.nan)
    targets = Targets(truths, plan, ("parameters",), "none")
    np.testing.assert_allclose(targets.decode(targets.learnt, plan), truths)
