"""Cutting: shares of a heap, classes in proportion, what is alike together."""

from __future__ import annotations

import numpy as np

from fitness.data.splitting.cutting import ALIKE, three_parts, two_parts
from fitness.targets.classes import Classes

Y = np.arange(200) % 2


def test_a_heap_has_64_16_and_20_percent_with_the_classes_in_proportion() -> None:
    parts = three_parts(Y, np.arange(200), Classes())
    split = (parts.train, parts.validation, parts.test)
    assert [len(part) for part in split] == [128, 32, 40]
    assert [Y[part].mean() for part in split] == [0.5, 0.5, 0.5]
    assert sorted(np.concatenate(split).tolist()) == list(range(200))
    assert parts.notes == ()


def test_of_train_a_fifth_is_validation() -> None:
    parts = two_parts(Y, np.arange(200), Classes())
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (160, 40, 0)


def test_what_is_alike_stays_together_unless_there_are_too_many() -> None:
    alike = np.arange(200) // 4 * 4
    parts = three_parts(Y, alike, Classes())
    of = [set(alike[part].tolist()) for part in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, of)) == len(set.union(*of))
    assert three_parts(Y, np.zeros(200, dtype=np.int64), Classes()).notes == (ALIKE,)
