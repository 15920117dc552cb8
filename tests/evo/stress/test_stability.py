"""Answers that become others after the least of changes."""

from __future__ import annotations

import numpy as np

from evo.stress.stability import changed, hardly_changed
from fitness.stress.input_facts import facts_of
from fitness.targets.classes import Classes
from fitness.targets.labels import Labels
from fitness.targets.values import Values


def test_what_is_another_answer_depends_on_the_target() -> None:
    before, after = np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([[1.5, 2.0], [3.0, 2.0]])
    assert changed(before, after, Classes(2)).tolist() == [False, True]
    assert changed(before, -after, Labels(count=2)).tolist() == [True, True]
    assert changed(before, after, Labels(count=2)).tolist() == [False, False]
    scale = Values(mean=(0.0, 0.0), deviation=(100.0, 1.0))
    assert changed(before, after, scale).tolist() == [False, True]  # a hundredth is 1


def test_images_are_moved_by_one_pixel_to_each_side() -> None:
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    found = list(hardly_changed(x, facts_of(x), 0))
    shifts = [y for name, y in found if name == "shift by a pixel"]
    assert len(shifts) == 4
    assert shifts[0][0, 0].tolist() == [[0, 1, 2], [0, 1, 2], [3, 4, 5]]
    noisy = [y for name, y in found if name == "noise of a thousandth of the range"]
    assert len(noisy) == 5
    assert 0 < np.abs(noisy[0] - x).max() < 5 * 0.008


def test_rows_are_not_moved() -> None:
    x = np.arange(6.0).reshape(3, 2)
    names = {name for name, _ in hardly_changed(x, facts_of(x), 0)}
    assert names == {"noise of a thousandth of the deviation"}
