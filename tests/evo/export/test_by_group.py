"""Figures by group: rows with the worst first, and the facts of a card."""

from __future__ import annotations

import numpy as np

from evo.export.by_group import MOST, Answers, card_facts, rows_by_group
from fitness.data.task import Split
from fitness.metric import Metric

NAMES = ("deep", "shore")


def answers(right: list[int], groups: list[int]) -> Answers:
    """Return answers to examples of class 0, right where a 1 stands."""
    kept = np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in right])
    x = np.zeros((len(right), 1), np.float32)
    return Answers(kept, Split(x, np.zeros(len(right), np.int64), groups=np.array(groups)))


def test_the_worst_of_the_last_split_comes_first() -> None:
    measured = {
        "validation": answers([1, 0, 1], [0, 1, 1]),
        "test": answers([0, 1, 1], [1, 0, 0]),
    }
    rows = rows_by_group(Metric.load("worst_group_accuracy"), measured, NAMES)
    assert rows == [
        {
            "group": "shore",
            "validation_accuracy": 0.5, "validation_examples": 2,
            "test_accuracy": 0.0, "test_examples": 1,
        },
        {
            "group": "deep",
            "validation_accuracy": 1.0, "validation_examples": 1,
            "test_accuracy": 1.0, "test_examples": 2,
        },
    ]  # fmt: skip
    facts = card_facts(rows)
    assert facts["groups"] == 2
    assert facts["test_accuracy (shore)"] == 0.0
    assert facts["validation_examples (deep)"] == 1


def test_of_errors_the_largest_comes_first_and_what_is_not_there_is_left_out() -> None:
    split = Split(np.zeros((2, 1)), np.array([[1.0], [5.0]]), groups=np.array([2, 0]))
    given = {"rows": Answers(np.zeros((2, 1)), split)}
    rows = rows_by_group(Metric.load("mae"), given, ("a", "b", "c"))
    assert [(row["group"], row["rows_mae"]) for row in rows] == [("a", 5.0), ("c", 1.0)]


def test_of_many_groups_a_card_names_the_worst() -> None:
    count = MOST + 5
    right = [int(group != 7) for group in range(count)]
    given = {"test": answers(right, list(range(count)))}
    names = tuple(map(str, range(count)))
    facts = card_facts(rows_by_group(Metric.load("accuracy"), given, names))
    assert facts["groups"] == count
    assert list(facts)[1] == "test_accuracy (7)"
    assert len(facts) == 1 + 2 * MOST


def test_without_groups_there_are_no_rows() -> None:
    split = Split(np.zeros((1, 1)), np.array([0]))
    given = {"test": Answers(np.array([[1.0, 0.0]]), split)}
    assert rows_by_group(Metric.load("accuracy"), given, ()) == []
    assert card_facts([]) == {}
