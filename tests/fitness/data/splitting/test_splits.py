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


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=4, max_size=80))
def test_with_groups_every_prefix_has_their_shares(pairs: list[tuple[int, int]]) -> None:
    y, groups = np.array(pairs, dtype=np.int64).T
    order = stratified_order(y, 0, groups)
    assert sorted(order) == list(range(len(y)))
    for length in range(1, len(y) + 1):
        counted = np.bincount(groups[order[:length]], minlength=3)
        fair = np.bincount(groups, minlength=3) * length / len(y)
        assert np.abs(counted - fair).max() <= 1.5
    first = order[groups[order] == groups[0]]  # within a group the classes have its shares
    half = y[first[: len(first) // 2]]
    fair = np.bincount(y[first], minlength=3) / 2
    assert np.abs(np.bincount(half, minlength=3) - fair).max() <= 2.0


def test_a_group_of_five_is_in_every_part() -> None:
    groups = np.repeat([0, 1], [95, 5])
    classes = np.arange(100) % 10  # each class of the small group has one example at most
    test, validation, train = stratified_parts(classes, (20, 16), 0, groups)
    assert [int((groups[part] == 1).sum()) for part in (test, validation, train)] == [1, 1, 3]
