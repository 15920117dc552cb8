"""Metrics of the worst group, by hand; the mean hides what they tell."""

from __future__ import annotations

import numpy as np
import pytest

from fitness.metric import Metric, metric_names

# Eight of ten examples are answered rightly; of group 1 both are wrong.
LOGITS = np.array([[1.0, 0.0]] * 10)
Y = np.array([0] * 8 + [1] * 2)
GROUPS = np.array([0] * 8 + [1] * 2)


def test_a_good_mean_with_a_bad_group() -> None:
    worst = Metric.load("worst_group_accuracy")
    assert Metric.load("accuracy").value(LOGITS, Y) == 0.8
    assert worst.value(LOGITS, Y, GROUPS) == 0.0
    assert worst.by_group(LOGITS, Y, GROUPS) == {0: 1.0, 1: 0.0}
    assert worst.value(LOGITS, Y, 1 - GROUPS) == 0.0
    mixed = np.array([0, 1] * 5)
    assert worst.value(LOGITS, Y, mixed) == 0.8


def test_of_errors_the_worst_is_the_largest() -> None:
    y = np.array([[0.0], [0.0], [3.0], [5.0]])
    outputs, groups = np.array([[1.0], [1.0], [3.0], [1.0]]), np.array([0, 0, 1, 1])
    assert Metric.load("worst_group_rmse").value(outputs, y, groups) == pytest.approx(8**0.5)
    assert Metric.load("worst_group_mae").value(outputs, y, groups) == 2.0
    assert Metric.load("worst_group_r2").value(outputs, y, groups) == pytest.approx(-7.0)


def test_it_is_as_the_metric_of_a_group_but_no_share_of_all_examples() -> None:
    for name in metric_names():
        metric = Metric.load(name)
        if metric.worst_of is None:
            assert metric.of_one_group is metric
            continue
        one = metric.of_one_group
        assert name == f"worst_group_{one.name}"
        assert (metric.direction, metric.ideal, metric.targets) == (
            one.direction, one.ideal, one.targets
        )  # fmt: skip
        assert metric.label == f"worst-group {one.label}"
        assert not metric.per_example
    assert "worst_group_accuracy" in metric_names("classes")
    assert "worst_group_accuracy" not in metric_names("classes", with_groups=False)
    assert Metric.load("worst-group-accuracy").name == "worst_group_accuracy"


def test_outputs_that_are_not_finite_and_groups_that_are_not_there() -> None:
    worst = Metric.load("worst_group_accuracy")
    broken = LOGITS.copy()
    broken[-1] = np.nan
    assert np.isnan(worst.value(broken, Y, GROUPS))
    with pytest.raises(ValueError, match="worst_group_accuracy needs groups"):
        worst.value(LOGITS, Y)
