"""Baselines: known answers on tiny data, and a fit that stays within bounds on large ones."""

from __future__ import annotations

import numpy as np
import pytest

from fitness import baselines
from fitness.baselines import Predictor, constant, fit_baselines, linear
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.metric import Metric
from fitness.targets.classes import Classes

ACCURACY = Metric.load("accuracy")


def split(x: np.ndarray, y: np.ndarray) -> Split:
    return Split(x.astype(np.float32), y.astype(np.int64))


def task_of(train: Split, validation: Split, classes: int) -> Task:
    return Task("t", "", Classes(classes), train, validation, validation)


def logistic_regression(train: Split, validation: Split, classes: int) -> Predictor:
    return linear(task_of(train, validation, classes), ACCURACY)


def separable(count: int, seed: int, classes: int = 3, features: int = 4) -> Split:
    """Classes apart along the first feature; the others are noise, and one is constant."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(count) % classes)
    x = rng.normal(size=(count, features))
    x[:, 0] = y + 0.2 * rng.uniform(-1, 1, count)
    x[:, -1] = 7.0
    return split(x, y)


def test_the_largest_class_of_train_is_always_answered() -> None:
    train = split(np.zeros((5, 2)), np.array([0, 1, 1, 1, 2]))
    one = constant(task_of(train, train, 3))
    answered = one.answers(split(np.zeros((3, 2)), np.array([0, 1, 2])))
    assert answered.argmax(axis=1).tolist() == [1, 1, 1]
    assert one.value(ACCURACY, split(np.zeros((4, 2)), np.array([1, 0, 2, 1]))) == 0.5
    assert one.parameters == 0


def test_what_a_line_can_tell_apart_is_told_apart() -> None:
    model = logistic_regression(separable(120, 1), separable(40, 2), 3)
    assert model.value(ACCURACY, separable(60, 3)) == 1.0
    assert model.parameters == (4 + 1) * 3
    assert model.note == ""


def test_images_are_read_as_rows_of_pixels() -> None:
    data = separable(120, 1, features=8)
    images = Split(data.x.reshape(-1, 2, 2, 2), data.y)
    assert logistic_regression(images, images, 3).value(ACCURACY, images) == 1.0


def test_the_linear_baseline_of_digits_is_the_known_one() -> None:
    """650 parameters, 95.8 to 96.4 % on test by the usual recipes; never far from it."""
    task = TaskReference("digits").load()
    trivial, line = fit_baselines(task, ACCURACY)
    assert line.parameters == 650
    assert 0.95 < line.value(ACCURACY, task.test) < 0.98
    assert trivial.value(ACCURACY, task.test) == pytest.approx(37 / 360)


def test_large_data_are_fitted_in_part_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MOST_WORK", 1e5)
    train = separable(2000, 1)
    model = logistic_regression(train, separable(40, 2), 3)
    assert "fitted on " in model.note
    assert "of 2,000 examples" in model.note
    assert model.value(ACCURACY, separable(60, 3)) > 0.9


def test_a_class_that_the_part_would_miss_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "MOST_WORK", 1.0)
    monkeypatch.setattr(baselines, "LEAST_AN_OUTPUT", 1)
    y = np.zeros(500, np.int64)
    y[77] = 1
    assert set(y[baselines._part(y, 10, 2)]) == {0, 1}


def test_a_solver_that_is_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "ITERATIONS", 1)
    model = logistic_regression(separable(120, 1), separable(40, 2), 3)
    assert model.note == "stopped after 1 iterations"


@pytest.mark.parametrize(("factor", "offset"), [(1e-20, 0.0), (1e15, 0.0), (1.0, 1e4)])
def test_scale_and_offset_of_the_inputs_change_nothing(factor: float, offset: float) -> None:
    def moved(data: Split) -> Split:
        return split(data.x.astype(np.float64) * factor + offset, data.y)

    model = logistic_regression(moved(separable(120, 1)), moved(separable(40, 2)), 3)
    assert model.value(ACCURACY, moved(separable(60, 3))) == 1.0


def test_two_fits_are_the_same() -> None:
    parts = (separable(90, 1), separable(40, 2), separable(40, 3))
    task = Task("t", "", Classes(3), *parts)
    first, second = (fit_baselines(task, ACCURACY)[1] for _ in range(2))
    assert np.array_equal(first.answers(parts[2]), second.answers(parts[2]))
