"""Data that were dropped or misread without a word.

`x_val`, `y_val` or a misspelt `y_valid` were left out, and evo cut validation data of its own;
(N, height, width, 3) counted as images of many channels; duplicates lay across splits; a network
that always answered 0 headed the front of a 97:3 task. Every array is used or named, and what was
understood is said at the start and stands in the record.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evo.record.data_facts import data_lines, read_data, record_data, written
from evo.record.store import Store
from fitness.data.array_names import roles_of
from fitness.data.arrays import UnusableData
from fitness.data.facts import DataFacts
from fitness.data.loaders.npz import load as load_npz
from fitness.data.splitting.splits import grouped_parts, stratified_parts
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.targets.classes import Classes

ACCURACY = Metric.load("accuracy")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.arange(60) % 3


def load(folder: Path, **arrays: Any) -> Task:
    np.savez(folder / "mine.npz", **arrays)
    return load_npz(folder / "mine.npz")


# -- names of arrays -----------------------------------------------------------------------------

VALIDATION = ["val", "valid", "validation", "dev", "Val", "VALID"]


@pytest.mark.parametrize("word", VALIDATION)
@pytest.mark.parametrize("pattern", ["{role}_{split}", "{split}_{role}", "{role}-{split}"])
@pytest.mark.parametrize("roles", [("x", "y"), ("X", "Y"), ("images", "labels")])
def test_validation_data_are_used_whatever_they_are_called(
    tmp_path: Path, word: str, pattern: str, roles: tuple[str, str]
) -> None:
    arrays = {
        pattern.format(role=role, split=split): values[part]
        for role, values in zip(roles, (X, Y), strict=True)
        for split, part in (
            ("train", slice(0, 30)), (word, slice(30, 45)), ("test", slice(45, 60)),
        )
    }  # fmt: skip
    task = load(tmp_path, **arrays)
    assert task.validation.x == pytest.approx(X[30:45])
    assert task.validation.y.tolist() == Y[30:45].tolist()
    assert [len(task.train), len(task.test)] == [30, 15]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["x", "y", "y_valdi"], "array 'y_valdi' is not understood. Did you mean 'y_valid'?"),
        (["x", "y", "ids"], "array 'ids' is not understood"),
        (["x", "lables"], "Did you mean 'labels'?"),
        (["x_train", "y_train", "x_test", "y_test", "x_val"], "'x_val' lacks its partner y_val"),
        (["x", "y", "x_test", "y_test"], "the archive holds x, x_test, y, y_test; expected"),
        (["x_train", "y_train"], "name them x and y"),
        (["x_train", "y_train", "x_val", "y_val"], "there are no test data"),
        (["x", "X", "y"], "arrays 'X' and 'x' mean the same; keep one"),
        (["x_val", "x_valid", "y_val"], "arrays 'x_val' and 'x_valid' mean the same"),
        (["class_names"], "the archive holds class_names; expected"),
        (["arr_0", "arr_1"], "array 'arr_0' is not understood"),
    ],
)
def test_an_array_that_cannot_be_used_is_named(names: list[str], message: str) -> None:
    with pytest.raises(UnusableData) as caught:
        roles_of(names)
    assert message in str(caught.value)


@given(st.sets(st.sampled_from(["x", "y", "x_train", "y_train", "x_val", "y_val", "x_test",
                                "y_test", "xs", "extra", "class_names"])))  # fmt: skip
def test_every_array_is_used_or_named(names: set[str]) -> None:
    used: set[str] = set()
    said = ""
    try:
        used = set(roles_of(names).values())
    except UnusableData as error:
        said = str(error)
    assert said or used == names
    unknown = names & {"xs", "extra"}
    assert not unknown or any(repr(name) in said for name in unknown)


def test_no_x_of_an_archive_counts_less_than_another(tmp_path: Path) -> None:
    """As it was: an archive with a validation set of the user's gave another one to the search."""
    given = {"x_train": X[:40], "y_train": Y[:40], "x_test": X[40:50], "y_test": Y[40:50]}
    with_own = load(tmp_path, **given, x_val=X[50:], y_val=Y[50:])
    assert (len(with_own.train), len(with_own.validation)) == (40, 10)


# -- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_images_with_channels_last_are_understood_and_said(tmp_path: Path, channels: int) -> None:
    x = RNG.integers(0, 255, (60, 9, 7, channels), dtype=np.uint8)
    task = load(tmp_path, x=x, y=Y)
    assert task.input_shape == (channels, 9, 7)
    assert f"images of shape 9 x 7 x {channels} have their channels last" in " ".join(task.notes)
    assert "x.transpose(0, 3, 1, 2)" in " ".join(task.notes)
    whole = np.concatenate([task.train.x, task.validation.x, task.test.x])
    assert sorted(map(bytes, whole)) == sorted(map(bytes, x.transpose(0, 3, 1, 2).copy()))


@pytest.mark.parametrize(
    "shape", [(3, 9, 7), (1, 8, 8), (3, 3, 3), (1, 5, 3), (4, 6, 3), (9, 9, 9)]
)
def test_images_with_channels_first_stay(shape: tuple[int, ...]) -> None:
    split = Split(np.zeros((4, *shape), np.uint8), [0, 1, 0, 1])
    assert split.x.shape == (4, *shape)
    assert split.notes == ()


# -- duplicates ----------------------------------------------------------------------------------


def test_exact_duplicates_are_counted_within_and_across_splits() -> None:
    x = np.arange(12.0).reshape(6, 2)
    task = Task(
        "t", "", Classes(2),
        Split(x[[0, 1, 1, 2]], [0, 1, 1, 0]),
        Split(x[[1, 3]], [0, 1]),  # the first is in train, with another label
        Split(x[[3, 4, 0]], [1, 0, 0]),
    )  # fmt: skip
    found = DataFacts.of(task, ACCURACY).duplicates
    assert found.within == {"train": 1, "validation": 0, "test": 0}
    assert found.across == {
        "validation in train": 1, "test in train": 1, "test in validation": 1,
    }  # fmt: skip
    assert found.contradictory == 1
    text = "\n".join(written(data_lines(DataFacts.of(task, ACCURACY))))
    assert "1 within train, 1 of validation are in train too" in text
    assert "1 have another label than their like in train" in text


@settings(deadline=None)
@given(st.lists(st.integers(0, 12), min_size=30, max_size=60), st.integers(0, 5))
def test_duplicates_are_never_split_apart(values: list[int], seed: int) -> None:
    groups = np.array([values.index(value) for value in values])
    labels = np.array(values) % 2
    try:
        parts = grouped_parts(labels, groups, (5, 4), seed)
    except ValueError:  # too few that differ
        assume(False)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(values)))
    for one, other in itertools.combinations(parts, 2):
        assert not set(groups[one]) & set(groups[other])
    assert len(parts[0]) >= 5
    assert len(parts[1]) >= 4


def test_without_duplicates_the_split_is_the_one_it_was() -> None:
    alone = np.arange(60)
    for ours, theirs in zip(
        grouped_parts(Y, alone, (12, 10), 0), stratified_parts(Y, (12, 10), 0), strict=True
    ):
        assert ours.tolist() == theirs.tolist()


def test_an_archive_with_duplicates_keeps_each_in_one_split(tmp_path: Path) -> None:
    task = load(tmp_path, x=np.concatenate([X, X, X[:20]]), y=np.concatenate([Y, Y, Y[:20]]))
    assert set(DataFacts.of(task, ACCURACY).duplicates.across.values()) == {0}
    assert sum(DataFacts.of(task, ACCURACY).duplicates.within.values()) == 80


def test_a_table_of_a_few_categories_is_split_all_the_same(tmp_path: Path) -> None:
    x = (np.arange(120)[:, None] // np.array([1, 2])) % 2  # four different inputs
    task = load(tmp_path, x=x, y=x.sum(axis=1) % 2)
    assert [len(task.train), len(task.validation), len(task.test)] == [77, 19, 24]
    assert "so many inputs are equal" in task.notes[0]
    assert DataFacts.of(task, ACCURACY).duplicates.across["test in train"] == 24


# -- balance -------------------------------------------------------------------------------------


def unbalanced(share: float, count: int = 200) -> Task:
    y = (np.arange(count) >= share * count).astype(int)
    x = np.random.default_rng(1).normal(size=(count, 2))
    return Task("rare", "", Classes(2), Split(x, y), Split(x + 1, y), Split(x + 2, y))


@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_who_always_answers_the_largest_class_is_no_better_than_the_reference(
    share: float,
) -> None:
    task = unbalanced(share)
    accuracy, loss = Objective.load("accuracy"), Objective.load("validation_loss")
    assert accuracy.reference(task) == pytest.approx(share)
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert loss.reference(task) == pytest.approx(entropy)


def test_a_reference_that_the_task_states_stays() -> None:
    assert Objective.load("accuracy").reference(TaskReference("digits").load()) == 0.9


def test_what_was_understood_is_said(tmp_path: Path) -> None:
    lines = written(data_lines(DataFacts.of(unbalanced(0.97), ACCURACY)))
    assert lines[0] == (
        "data        200 + 200 + 200 examples (train, validation, test) of 2 numbers each, float32"
    )
    assert lines[1] == (
        "classes     2, from 3.0 % (1) to 97.0 % (0) of train; always answering the largest class "
        "has accuracy 97.00 % on validation"
    )
    task = TaskReference("digits").load()
    lines = written(data_lines(DataFacts.of(task, ACCURACY)))
    assert "of images of 1 channel, 8 x 8, uint8" in lines[0]
    split = Split(np.zeros((4, 2, 9)), [0, 1, 0, 1], kind="signals")
    facts = DataFacts.of(Task("signals", "", Classes(2), split, split, split), ACCURACY)
    assert "of signals of 2 channels, 9 numbers long, float32" in written(data_lines(facts))[0]


def test_what_was_understood_is_recorded(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run.sqlite") as store:
        assert read_data(store) is None
        facts = record_data(store, unbalanced(0.8), ACCURACY)
        assert read_data(store) == facts
        assert record_data(store, unbalanced(0.5), ACCURACY) == facts  # looked at once


@pytest.mark.parametrize("examples", [1, 5, 99])
def test_few_examples_are_told_with_a_caution(examples: int) -> None:
    few = Split(np.repeat(X, 2, axis=0)[:examples], np.repeat(Y, 2)[:examples])
    lines = data_lines(
        DataFacts.of(Task("t", "", Classes(3), Split(X, Y), few, Split(X, Y)), ACCURACY)
    )
    (text,) = [text for name, text in lines if name == "caution" and "validation" in text]
    assert text.startswith(f"validation has {examples} example{'s' if examples > 1 else ''} only:")
    if examples == 1:
        assert "100 % measured there may be anything from 21 % to 100 %" in text


def test_many_examples_need_no_caution() -> None:
    assert not [
        n for n, _ in data_lines(DataFacts.of(unbalanced(0.5), ACCURACY)) if n == "caution"
    ]


def test_the_same_images_in_either_order_are_the_same_task(tmp_path: Path) -> None:
    x = RNG.integers(0, 255, (60, 3, 6, 5), dtype=np.uint8)
    first = load(tmp_path, x=x, y=Y)
    last = load(tmp_path, x=x.transpose(0, 2, 3, 1), y=Y)
    assert first.fingerprint() == last.fingerprint()
