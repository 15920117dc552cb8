import math

import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.features import (
    curve_summary,
    is_count,
    known_costs,
    main_outcome,
    pedigree_features,
    pedigree_names,
)
from genomes.chromosomes.predictor import COST_TERMINALS, CURVE_TERMINALS, PEDIGREE_TERMINALS

OUTCOMES = ("active_parameters", "accuracy", "active_ratio")


def epoch(number, metric, loss=1.0, gradient=10.0):
    return Epoch(number, loss, 2.0 * loss, metric, gradient, 0.75)


def test_counts_are_told_by_name():
    assert [is_count(n) for n in ("flops", "shrunk_parameters", "accuracy")] == [True, True, False]


def test_the_main_outcome_is_accuracy_else_the_first():
    assert main_outcome(OUTCOMES) == 1
    assert main_outcome(("cost", "loss")) == 0


def test_known_costs_are_logarithms_of_counts():
    costs = known_costs(1000, 10_000, 100, 0.1)
    assert tuple(costs) == COST_TERMINALS
    np.testing.assert_allclose(list(costs.values()), [3.0, 4.0, 2.0, 0.1, 2.0, 0.0])
    assert known_costs(1000, 10_000, 100, 0.1, 0.75)["inherited_share"] == 0.75


def test_known_costs_of_nothing_are_finite():
    assert all(map(math.isfinite, known_costs(0, 0, 0, 0.0).values()))


def test_pedigree_has_mean_and_maximum_of_the_main_outcome_and_means_of_the_others():
    parents = [{"accuracy": 0.9, "active_ratio": 0.5, "active_parameters": 1000.0}]
    kin = [{"accuracy": 0.6, "active_parameters": 10.0}, {"accuracy": 0.8, "active_ratio": 0.1}]
    features = pedigree_features(parents, kin, OUTCOMES)
    assert set(features) == set(pedigree_names(OUTCOMES))
    assert set(PEDIGREE_TERMINALS) < set(features)
    expected = {
        "parents_mean": 0.9,
        "parents_max": 0.9,
        "kin_mean": 0.7,
        "kin_max": 0.8,
        "parents_mean.active_parameters": 3.0,
        "kin_mean.active_parameters": 1.0,
        "parents_mean.active_ratio": 0.5,
        "kin_mean.active_ratio": 0.1,
    }
    assert features == pytest.approx(expected)


def test_pedigree_of_a_foundling_is_unknown():
    assert all(map(math.isnan, pedigree_features([], [], OUTCOMES).values()))


def test_curve_summary():
    curve = (epoch(0, 0.2, 3.0), epoch(1, 0.6), epoch(2, 0.7), epoch(3, 0.1, 50.0))
    row = dict(zip(CURVE_TERMINALS, curve_summary([curve], 3)[0], strict=True))
    assert row == pytest.approx(
        {
            "metric_last": 0.7,
            "metric_mean": 0.5,
            "metric_slope": 0.25,
            "train_loss_last": math.log(2.0),
            "validation_loss_last": math.log(3.0),
            "validation_loss_slope": (math.log(3.0) - math.log(7.0)) / 2,
            "loss_gap": math.log(3.0) - math.log(2.0),
            "log_gradient_norm": 1.0,
            "active_ratio_last": 0.75,
        }
    )


def test_curve_summary_never_reads_beyond_its_epochs():
    seen = (epoch(0, 0.2), epoch(1, 0.6))
    later = (*seen, epoch(2, 0.99), epoch(3, 0.0))
    summary = curve_summary([seen, later], 2)
    np.testing.assert_array_equal(summary[0], summary[1])


def test_short_empty_and_diverged_curves():
    diverged = (Epoch(0, math.inf, math.inf, 0.1, math.inf, 1.0),)
    summary = curve_summary([(epoch(0, 0.4),), (), diverged], 2)
    assert summary[0, CURVE_TERMINALS.index("metric_mean")] == 0.4
    assert summary[0, CURVE_TERMINALS.index("metric_slope")] == 0.0
    assert np.isnan(summary[1]).all()
    assert np.isfinite(summary[2]).all()


def test_one_epoch_has_no_slope_and_none_is_refused():
    assert curve_summary([(epoch(0, 0.4),)], 1)[0, CURVE_TERMINALS.index("metric_slope")] == 0.0
    assert curve_summary([], 2).shape == (0, len(CURVE_TERMINALS))
    with pytest.raises(ValueError, match="epochs=0"):
        curve_summary([], 0)
