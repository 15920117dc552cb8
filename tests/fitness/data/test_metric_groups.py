"""Groups in which a metric is measured: every split has some of each, and small ones are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.folds import fold_splits
from fitness.data.metric_groups import NO_VALUE, MetricGroups
from fitness.data.refit import merged
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes


def split(*groups: object, **changes: object) -> Split:
    x = np.arange(2 * len(groups), dtype=np.float32).reshape(-1, 2)
    return Split(x, np.arange(len(groups)) % 2, groups=np.array(groups), **changes)  # type: ignore[arg-type]


def task(train: Split, validation: Split, test: Split, **changes: object) -> Task:
    return Task("tiny", "", Classes(2), train, validation, test, **changes)  # type: ignore[arg-type]


def test_values_are_groups_and_what_is_missing_is_one() -> None:
    groups = MetricGroups.of_values([2.0, np.nan, 1.5, 2.0])
    assert groups.names == ("1.5", "2", NO_VALUE)
    assert groups.numbers.tolist() == [1, 2, 0, 1]
    assert MetricGroups.of_values(["b", " ", "a"]).names == (NO_VALUE, "a", "b")
    with pytest.raises(UnusableData, match=r"shape \(2, 1\), expected a number or text for each"):
        MetricGroups.of_values([["a"], ["b"]])


def test_combinations_are_those_that_there_are() -> None:
    both = MetricGroups.combined(
        [MetricGroups.of_values(list("aabb")), MetricGroups.of_values([1, 2, 2, 2])]
    )
    assert both.names == ("a & 1", "a & 2", "b & 2")
    assert both.numbers.tolist() == [0, 1, 2, 2]
    assert both.chosen(np.array([3, 1])).names == ("a & 2", "b & 2")


def test_a_task_numbers_the_groups_of_all_splits_alike() -> None:
    found = task(split(*"abb"), split(*"ba"), split(*"aab"))
    assert found.group_names == ("a", "b")
    groups = [one.groups.tolist() for one in (found.train, found.validation, found.test)]  # type: ignore[union-attr]
    assert groups == [[0, 1, 1], [1, 0], [0, 0, 1]]
    again = replace(found, description="taken again")
    assert again.train is found.train  # read-only arrays would be copied
    assert again.fingerprint() == found.fingerprint()
    other = task(split(*"aab"), split(*"ba"), split(*"aab"))
    assert other.fingerprint() != found.fingerprint()
    named = task(split(0, 1), split(1, 0), split(0, 1), group_names=("old", "young"))
    assert named.group_names == ("old", "young")


def test_few_examples_of_a_group_are_told() -> None:
    large = split(*"a" * 40, *"b" * 40)
    notes = task(large, split(*"a" * 40, *"b" * 29), large).notes
    assert notes == (
        "2 groups of the metric, validation + test examples: b (29 + 40), a (40 + 40)",
        "groups of the metric with fewer than 30 validation or test examples: b (29 + 40); what "
        "is measured there is rough, and the worst of small groups looks worse than it is",
    )
    assert len(task(large, large, large).notes) == 1


@pytest.mark.parametrize(
    ("train", "validation", "names", "message"),
    [
        ("ab", "aa", (), "validation has no example of the metric's group 'b' .2 of 'b' in all"),
        ("aa", "aa", (), "test has no|train has no example of the metric's group 'b'"),
        ("ab", "ab", ("a",), "1 names of groups, expected groups as whole numbers"),
    ],
)
def test_what_is_no_group_of_all_splits_is_named(
    train: str, validation: str, names: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UnusableData, match=message):
        task(split(*train), split(*validation), split(*"ab"), group_names=names)


def test_groups_of_some_splits_and_one_group_are_refused() -> None:
    plain = Split(np.zeros((2, 2)), np.array([0, 1]))
    with pytest.raises(UnusableData, match="groups of train, validation, but none of test"):
        task(split(*"ab"), split(*"ab"), plain)
    with pytest.raises(UnusableData, match="one group of the metric only, 'a'"):
        task(split(*"aa"), split(*"aa"), split(*"aa"))
    with pytest.raises(UnusableData, match=r"groups \(1,\) of 2 examples"):
        Split(np.zeros((2, 2)), np.array([0, 1]), groups=np.array(["a"]))


def test_folds_and_refits_keep_the_groups() -> None:
    found = task(split(*"ab" * 20), split(*"ab" * 5), split(*"ab" * 5))
    train, held = fold_splits(found, 1)
    assert held.groups is not None
    assert train.groups is not None
    assert np.bincount(held.groups).tolist() == [5, 5]
    assert np.bincount(train.groups).tolist() == [20, 20]
    rows = dict(zip(found.train.array[:, 0].tolist(), found.train.groups.tolist(), strict=True))  # type: ignore[union-attr]
    assert [rows[x] for x in held.array[:, 0].tolist()] == held.groups.tolist()
    whole = merged(found).train
    assert whole.groups is not None
    assert len(whole.groups) == len(whole) == 50
