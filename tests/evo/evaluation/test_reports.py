"""Reports by kind of target, by hand on a few answers; their files and figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evo.evaluation.reliability import calibration_error, reliability_table
from evo.evaluation.report import REPORTS, Report
from evo.export.by_group import Answers
from fitness.data.task import Split
from fitness.target import Target
from fitness.targets.classes import Classes
from fitness.targets.labels import Labels
from fitness.targets.next_token import NextToken
from fitness.targets.values import Values
from tests.evo.exports import LETTERS


def answers(kept: object, y: object) -> Answers:
    outputs = np.asarray(kept, dtype=np.float64)
    return Answers(outputs, Split(np.zeros((len(outputs), 1), np.float32), np.asarray(y)))


CLASSES = answers([[9, 0, 0], [9, 0, 0], [0, 9, 0], [0, 9, 0], [0, 9, 0]], [0, 0, 1, 2, 2])
NAMED = Classes(3, ("iris", "rose", "tulip"))


def test_each_class_by_itself() -> None:
    table = Report.of(CLASSES, NAMED).tables["per_class"].set_index("class")
    assert table.loc["iris"].tolist() == [2, 2, 1.0, 1.0, 1.0]
    assert table.loc["rose"].tolist() == [1, 3, pytest.approx(1 / 3), 1.0, 0.5]
    assert table.loc["tulip"].tolist() == [2, 0, 0.0, 0.0, 0.0]


def test_what_is_taken_for_what() -> None:
    report = Report.of(CLASSES, NAMED)
    confusion = report.tables["confusion"]
    assert confusion.loc["tulip"].to_dict() == {"iris": 0, "rose": 2, "tulip": 0}
    assert confusion.to_numpy().sum() == 5
    assert "tulip is most often taken for rose (2 times)" in report.words


def test_a_probability_that_is_right_as_often_as_it_says_has_no_error() -> None:
    stated = np.repeat([0.5, 0.8], [100, 100])
    right = np.concatenate([np.arange(100) % 2 == 0, np.arange(100) % 5 != 0])
    assert calibration_error(reliability_table(stated, right)) == pytest.approx(0.0, abs=0.03)
    assert calibration_error(reliability_table(stated, np.ones(200, bool))) == pytest.approx(0.35)


def test_groups_of_like_probability_hold_equal_numbers() -> None:
    table = reliability_table(np.linspace(0, 1, 100), np.ones(100, bool))
    assert table["examples"].tolist() == [20] * 5
    assert (table["lowest"].iloc[1:].to_numpy() > table["highest"].iloc[:-1].to_numpy()).all()
    assert len(reliability_table(np.array([0.9]), np.array([True]))) == 1


def test_each_label_by_itself() -> None:
    target = Labels(names=("red", "round"))
    given = answers([[3.0, -3.0], [3.0, 3.0], [-3.0, -3.0]], [[1, 0], [0, 1], [0, 0]])
    table = Report.of(given, target).tables["per_label"].set_index("label")
    assert table.loc["red"].tolist() == [1, 2, 0.5, 1.0, pytest.approx(2 / 3)]
    assert table.loc["round"].tolist() == [1, 1, 1.0, 1.0, 1.0]


def test_errors_of_values() -> None:
    target = Values(names=("price",))
    report = Report.of(answers([[1.0], [2.0], [7.0]], [[1.0], [3.0], [3.0]]), target)
    row = report.tables["per_value"].iloc[0]
    assert row["value"] == "price"
    assert (row["mean_error"], row["median_size"], row["largest"]) == (1.0, 1.0, 4.0)
    assert report.tables["residuals"]["predicted"].tolist() == [1.0, 2.0, 7.0]
    assert "price: half of the errors are below 1" in report.words


MADE: dict[str, tuple[Answers, Target]] = {
    "classes": (CLASSES, NAMED),
    "labels": (answers([[3.0, -3.0], [1.0, 1.0]], [[1, 0], [0, 1]]), Labels(names=("a", "b"))),
    "values": (answers([[1.0, 2.0], [2.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]), Values(("a", "b"))),
}


@pytest.mark.parametrize("kind", REPORTS.names())
def test_every_report_draws_its_figures_and_keeps_its_tables(kind: str, tmp_path: Path) -> None:
    report = Report.of(*MADE[kind])
    written = report.save(tmp_path, "a title")
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    for name in report.tables:
        table = pd.read_csv(tmp_path / f"{name}.csv")
        assert len(table) == len(report.tables[name])
    for name in REPORTS.load(kind).FIGURES:
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
        assert "<svg" in (tmp_path / f"{name}.svg").read_text()


def test_outputs_without_names_have_their_numbers() -> None:
    nameless = Classes()  # as where all rows of a file are measured
    assert Report.of(CLASSES, nameless).tables["per_class"]["class"].tolist() == ["0", "1", "2"]
    one, two = answers([[1.0], [2.0]], [[1.0], [1.0]]), answers([[1.0, 2.0]], [[1.0, 1.0]])
    assert Report.of(one, Values()).tables["per_value"]["value"].tolist() == ["value"]
    assert Report.of(two, Values()).tables["per_value"]["value"].tolist() == ["0", "1"]


def test_a_target_without_a_report_has_none(tmp_path: Path) -> None:
    report = Report.of(answers(np.zeros((2, 3)), [[0], [1]]), NextToken(LETTERS))
    assert not report.tables
    assert not report.words
    assert report.save(tmp_path, "none") == []
