"""The splits are disjoint, complete, stratified, and never change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitness.data.splitting.splits import stratified_order, stratified_parts

labels_lists = st.lists(st.integers(0, 4), min_size=4, max_size=80)


@given(labels_lists, st.integers(0, 2**31))
def test_every_prefix_has_the_classes_shares(labels: list[int], seed: int) -> None:
    y = np.array(labels, dtype=np.int64)
    order = stratified_order(y, seed)
    assert sorted(order) == list(range(len(y)))
    for length in range(1, len(y) + 1):
        counted = np.bincount(y[order[:length]], minlength=5)
        fair = np.bincount(y, minlength=5) * length / len(y)
        # Five classes are rounded independently, so the sum can be off by half each.
        assert np.abs(counted - fair).max() <= 2.5


@given(labels_lists, st.integers(0, 2**31))
def test_parts_are_disjoint_complete_and_sorted(labels: list[int], seed: int) -> None:
    y = np.array(labels, dtype=np.int64)
    first, second, rest = stratified_parts(y, (1, 2), seed)
    assert (len(first), len(second)) == (1, 2)
    assert sorted([*first, *second, *rest]) == list(range(len(y)))
    assert all((np.diff(part) > 0).all() for part in (first, second, rest))


def test_the_order_is_the_same_for_ever() -> None:
    y = np.array([0, 0, 0, 0, 1, 1], dtype=np.int64)
    assert stratified_order(y, 0).tolist() == [2, 5, 1, 3, 4, 0]


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"3 examples, too few for parts of \(2, 1\)"):
        stratified_parts(np.zeros(3, dtype=np.int64), (2, 1), 0)
