"""What trainings on folds say of a network: read from the record, with what they vary by."""

from __future__ import annotations

import pytest

from evo.pareto.statistics import expected_interval
from evo.record.remeasured import (
    FOLD,
    Remeasured,
    expected_range,
    measured_on_folds,
    remeasured_facts,
    remeasurements,
    set_counted,
    set_fold_sizes,
    training_spread,
)
from evo.record.rows import Measurement
from evo.record.store import Store
from fitness.metric import Metric

ACCURACY, R2 = Metric.load("accuracy"), Metric.load("r2")


def test_the_accuracy_is_that_on_all_examples_of_the_folds() -> None:
    found = Remeasured((1.0, 0.5), (30, 10))
    assert (found.examples, found.value) == (40, 0.875)


def test_only_folds_without_a_gap_count() -> None:
    store = Store.in_memory()
    set_fold_sizes(store, [10, 10, 10])
    for genome, fold, accuracy in (("a", 1, 0.9), ("a", 2, 0.7), ("b", 2, 1.0), ("c", 1, 0.5)):
        store.add_measurement(Measurement(genome, FOLD, fold, accuracy))
    store.add_measurement(Measurement("a", "test", 0, 0.1))
    store.add_measurement(Measurement("d", "validation", 1, 0.1))  # by an earlier version
    assert measured_on_folds(store) == {
        "a": Remeasured((0.9, 0.7), (10, 10)),
        "c": Remeasured((0.5,), (10,)),
    }
    assert remeasurements(store) == {}
    set_counted(store, {"a": 1, "b": 2})
    assert remeasurements(store) == {"a": Remeasured((0.9,), (10,))}


def test_the_spread_of_trainings_is_what_chance_does_not_explain() -> None:
    # Folds that differ by +-10 points: variance .02; of 90 % in 1,000 chance explains .00009.
    wild = Remeasured((1.0, 0.8), (1000, 1000))
    assert training_spread({"a": wild}) == pytest.approx((0.02 - 0.9 * 0.1 / 1000) ** 0.5)
    assert training_spread({"a": Remeasured((0.9, 0.9), (1000, 1000))}) == 0.0
    assert training_spread({"a": Remeasured((0.9,), (1000,))}) == 0.0
    assert training_spread({}) == 0.0


def test_the_card_says_where_the_test_accuracy_is_expected() -> None:
    measured = {"a": Remeasured((0.97, 0.97), (500, 500))}
    facts = remeasured_facts(measured, "a", 360, ACCURACY)
    assert facts["remeasured_examples"] == 1000
    assert facts["remeasured_trainings"] == 2
    found = facts["expected_accuracy_low"], facts["expected_accuracy_high"]
    # The folds agree by chance, so trainings are taken to differ by a quarter of 3 % errors.
    assert found == expected_interval(0.97, 1000, 360, 0.25 * (1 - 0.97))
    assert "360 new examples" in str(facts["expected_accuracy_meaning"])
    assert remeasured_facts(measured, "b", 360, ACCURACY) == {"remeasured_examples": 0}


def test_of_a_metric_that_is_no_share_the_folds_say_how_sure_it_is() -> None:
    """Two folds of 50: deviation .1 / sqrt 2, t of one degree of freedom 12.706."""
    measured = {"a": Remeasured((0.5, 0.6), (50, 50)), "b": Remeasured((0.4,), (50,))}
    facts = remeasured_facts(measured, "a", 100, R2)
    deviation = 0.1 / 2**0.5
    half = 12.7062 * deviation * (1 / 2 + 50 / 100) ** 0.5
    assert facts["remeasured_r2"] == pytest.approx(0.55)
    assert facts["expected_r2_low"] == pytest.approx(0.55 - half, rel=1e-5)
    assert facts["expected_r2_high"] == 1.0  # not .55 + half: no R² is larger
    assert "the R² on 100 new examples" in str(facts["expected_r2_meaning"])
    assert measured["a"].standard_error(R2) == pytest.approx(deviation / 2**0.5)
    assert "expected_r2_low" not in remeasured_facts(measured, "b", 100, R2)
    error = expected_range(measured, "a", 100, Metric.load("rmse"))
    assert error == (0.0, pytest.approx(0.55 + half, rel=1e-5))
