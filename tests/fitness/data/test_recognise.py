"""What targets are taken as where nobody says it: whole numbers are classes or values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest

from fitness.data.options import DataOptions
from fitness.data.recognise import recognised, told
from fitness.data.task_reference import TaskReference


@pytest.mark.parametrize(
    ("different", "each", "step", "kind"),
    [
        (20, 1, 7, "classes"),  # few
        (21, 9, 7, "values"),  # ages, prices: with gaps
        (21, 10, 7, "classes"),
        (21, 3, 1, "values"),
        (21, 4, 1, "classes"),  # numbered without gaps, as classes are
    ],
)
def test_whole_numbers_are_classes_if_they_repeat(
    different: int, each: int, step: int, kind: str
) -> None:
    y = np.tile(step * np.arange(different), each)
    assert recognised(y).kind == kind
    assert recognised(y.astype(float)).kind == kind
    assert recognised(y / 2).kind == "values"


def test_what_counts_from_one_has_no_gaps() -> None:
    assert recognised(np.tile(np.arange(1, 31), 4)).kind == "classes"
    assert recognised(np.tile(np.arange(2, 32), 4)).kind == "values"


def test_what_may_be_both_is_told_with_the_option_that_says_otherwise() -> None:
    (note,) = told(None, np.tile(np.arange(5, 16), 4))
    assert note == (
        "the 11 different whole numbers of the target, 5 to 15, are taken as classes; if they are "
        "values, say --target-kind values"
    )
    (note,) = told(None, np.tile(7.0 * np.arange(30), 4))
    assert "30 different whole numbers of the target, 0 to 203, are taken as values" in note
    assert "say --target-kind classes" in note
    for y in ([0, 1] * 9, [0.5, 1.5, 2.5] * 9, ["a", "b", "c"] * 9, list(range(40))):
        assert told(None, np.array(y)) == ()
    assert told("classes", np.tile(np.arange(11), 4)) == ()
    assert told(None, np.tile(np.arange(3), 4), ("a", "b", "c")) == ()


@pytest.mark.parametrize("name", ["n.npz", "t.csv", "t.parquet"])
def test_every_loader_of_numbers_tells_it(tmp_path: Path, name: str) -> None:
    x = np.random.default_rng(0).normal(size=(120, 2))
    y = np.tile(np.arange(5, 15), 12)
    np.savez(tmp_path / "n.npz", x=x, y=y)
    frame = pandas.DataFrame(x, columns=["a", "b"]).assign(target=y)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    task = TaskReference(str(tmp_path / name)).load()
    assert task.target.kind == "classes"
    assert any("are taken as classes; if they are values, say --target" in n for n in task.notes)
    said = DataOptions(target_kind="values")
    other = TaskReference(str(tmp_path / name), options=said).load()
    assert other.target.kind == "values"
    assert not any("--target-kind" in note for note in other.notes)
