"""Metrics by hand, where scikit-learn needs more than its defaults."""

from __future__ import annotations

import numpy as np
import pytest

from fitness.metric import Metric


def value(name: str, outputs: object, y: object) -> float:
    return Metric.load(name).value(np.array(outputs, dtype=float), np.array(y))


def test_a_class_that_is_never_answered_counts_in_macro_f1() -> None:
    logits = [[1, 0, 0], [1, 0, 0], [0, 1, 0]]
    # Class 0: precision 1/2, recall 1; class 1: precision 0; class 2: never answered.
    assert value("macro_f1", logits, [0, 1, 2]) == pytest.approx((2 / 3) / 3)


def test_balanced_accuracy_is_the_mean_of_recalls() -> None:
    logits = [[1, 0], [1, 0], [1, 0], [1, 0]]
    assert value("balanced_accuracy", logits, [0, 0, 0, 1]) == 0.5


def test_auroc_is_of_classes_that_are_there() -> None:
    logits = [[3, 0, 0], [2, 1, 0], [0, 2, 0], [1, 3, 0]]
    assert value("auroc", logits, [0, 0, 1, 1]) == 1.0
    assert np.isnan(value("auroc", logits, [0, 0, 0, 0]))
    assert value("auroc", [[0.1], [0.4], [0.3]], [[0], [1], [1]]) == 1.0


def test_cross_entropy_takes_logits_of_any_size() -> None:
    assert value("cross_entropy", [[0, 0], [1e4, 0]], [0, 1]) == pytest.approx(
        (np.log(2) + 1e4) / 2
    )


def test_errors_of_values() -> None:
    outputs, y = [[1.0], [3.0]], [[0.0], [0.0]]
    assert value("mae", outputs, y) == 2.0
    assert value("rmse", outputs, y) == pytest.approx(5**0.5)
    assert value("r2", [[1.0], [1.0]], [[0.0], [2.0]]) == 0.0


def test_labels_are_given_above_zero() -> None:
    outputs, y = [[1.0, -1.0], [-1.0, 1.0]], [[1, 1], [0, 1]]
    assert value("hamming_loss", outputs, y) == 0.25
    assert value("mean_average_precision", [[0.9, 0.1], [0.2, 0.8]], [[1, 0], [0, 1]]) == 1.0
