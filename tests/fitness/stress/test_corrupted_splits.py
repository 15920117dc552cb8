"""Splits under corruption: always the same, and of tasks that have corruptions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fitness.data.task_reference import TaskReference
from fitness.stress import corrupted_splits as module
from fitness.stress.corrupted_splits import (
    SEVERITY,
    cannot_be_corrupted,
    corrupted_splits,
    facts_of_task,
)
from fitness.stress.corruption import Corruption, corruptions_for
from fitness.stress.input_facts import as_floats
from tests.fitness.tiny import make_task


def test_a_split_stands_once_under_each_corruption_in_the_middle_severity() -> None:
    task = make_task()
    facts = facts_of_task(task)
    found = corrupted_splits(task.validation, facts)
    assert len(found) == len(corruptions_for(facts)[0]) == 6
    contrast = [one.name for one in corruptions_for(facts)[0]].index("contrast")
    expected = Corruption.load("contrast")(as_floats(task.validation.array), facts, SEVERITY)
    assert np.array_equal(found[contrast].x, expected)
    for one in found:
        assert np.array_equal(one.y, task.validation.y)
        assert not np.array_equal(one.x, task.validation.x)


def test_what_is_drawn_is_drawn_again() -> None:
    task = make_task()
    once, again = (corrupted_splits(task.validation, facts_of_task(task)) for _ in range(2))
    assert all(np.array_equal(a.x, b.x) for a, b in zip(once, again, strict=True))


def test_of_many_examples_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXAMPLES", 10)
    task = make_task()
    for one in corrupted_splits(task.validation, facts_of_task(task)):
        assert len(one.x) == len(one.y) == 10


def test_a_row_of_numbers_has_corruptions_of_its_own() -> None:
    task = TaskReference("wine").load()
    assert cannot_be_corrupted(task) == ""
    assert len(corrupted_splits(task.validation, facts_of_task(task))) == 3


def test_images_have_corruptions_and_tokens_none() -> None:
    assert cannot_be_corrupted(make_task()) == ""
    text = SimpleNamespace(tokens=8)
    assert "tokens" in cannot_be_corrupted(text)  # type: ignore[arg-type]
