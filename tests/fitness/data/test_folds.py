"""Folds: every training example is measured on once, and learnt from in the other folds."""

from __future__ import annotations

import numpy as np
import pytest

from fitness.data.folds import fold_sizes, fold_splits
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes


def task(train: int, validation: int) -> Task:
    """Examples are told apart by their only feature; three classes in turn."""

    def split(first: int, count: int) -> Split:
        x = np.arange(first, first + count, dtype=np.float32)[:, None]
        return Split(x, np.arange(count, dtype=np.int64) % 3)

    parts = split(0, train), split(10_000, validation), split(20_000, 30)
    return Task("t", "a test", Classes(3), *parts)


@pytest.mark.parametrize(
    ("train", "validation", "sizes"),
    [
        (120, 30, [30, 30, 30, 30]),  # as large as the validation split
        (120, 7, [24] * 5),  # five at most
        (30, 120, [15, 15]),  # two at least
    ],
)
def test_folds_are_about_as_large_as_the_validation_split(
    train: int, validation: int, sizes: list[int]
) -> None:
    assert fold_sizes(task(train, validation)) == sizes


def test_of_large_data_two_folds_are_enough() -> None:
    assert fold_sizes(task(60_000, 15_000)) == [15_000, 15_000]


def test_every_training_example_is_measured_on_once_and_never_learnt_from_then() -> None:
    data = task(120, 30)
    measured = []
    for fold in (1, 2, 3, 4):
        train, held = fold_splits(data, fold)
        assert set(train.x[:, 0]) | set(held.x[:, 0]) == {
            *data.train.x[:, 0], *data.validation.x[:, 0]
        }  # fmt: skip
        assert not set(train.x[:, 0]) & set(held.x[:, 0])
        assert np.bincount(held.y).tolist() == [10, 10, 10]
        measured += held.x[:, 0].tolist()
    assert sorted(measured) == list(range(120))  # nothing of validation, nothing of test


def test_folds_of_signals_are_signals() -> None:
    split = Split(np.arange(240.0).reshape(30, 8), np.arange(30) % 2, kind="signals")
    train, held = fold_splits(Task("signals", "some", Classes(2), split, split, split), 1)
    assert (train.x.shape[1:], held.x.shape[1:]) == ((1, 8), (1, 8))


def test_a_fold_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="received fold 5, expected 1 to 4"):
        fold_splits(task(120, 30), 5)
