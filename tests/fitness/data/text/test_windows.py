"""Windows predict every token but the first once."""

from __future__ import annotations

import numpy as np
import pytest

from fitness.data.text.windows import SKIPPED, evenly, windows


def test_windows_side_by_side() -> None:
    found = windows(np.arange(9), 4, 4)
    assert found.x.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert found.y.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_windows_that_overlap_count_what_is_new() -> None:
    found = windows(np.arange(9), 4, 2)
    assert found.x.tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]
    assert found.y.tolist() == [[1, 2, 3, 4], [-1, -1, 5, 6], [-1, -1, 7, 8]]


@pytest.mark.parametrize(("length", "stride"), [(4, 4), (4, 2), (5, 3), (7, 1), (1, 1)])
@pytest.mark.parametrize("count", [8, 9, 10, 23])
def test_each_token_but_the_first_is_predicted_once(length: int, stride: int, count: int) -> None:
    found = windows(np.arange(count), length, stride)
    assert sorted(found.y[found.y != SKIPPED].tolist()) == list(range(1, count))
    assert ((found.y == SKIPPED) | (found.y == found.x + 1)).all()
    assert (found.y != SKIPPED).any(axis=1).all()


def test_some_windows_are_spread_evenly() -> None:
    found = windows(np.arange(21), 2, 2)
    assert evenly(found, 10) is found
    assert evenly(found, 3).x[:, 0].tolist() == [0, 6, 12]
