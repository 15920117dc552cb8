"""Baselines in a run's record: measured once, test data last, and said in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from evo.findings import baselines
from evo.findings.baselines import KEY, Baseline, Measuring, comparison, read_baselines
from evo.record.recorder import RunRecord
from fitness.data.task import Task
from fitness.metric import Metric
from tests.fitness.tiny import make_task

LINEAR = Baseline("logistic regression", 650, 0.96, 0.95)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[RunRecord]:
    record = RunRecord.create(tmp_path / "run", "")
    yield record
    record.close()


def test_test_data_are_read_at_the_end_only(record: RunRecord) -> None:
    measuring = Measuring(record, make_task(), Metric.load("accuracy"))
    measuring.on_validation()
    early = read_baselines(record.store)
    assert [one.name for one in early] == ["largest class", "logistic regression"]
    assert [one.parameters for one in early] == [0, (36 + 1) * 3]
    assert [one.test for one in early] == [None, None]
    measuring.on_test()
    late = read_baselines(record.store)
    assert [one.validation for one in late] == [one.validation for one in early]
    assert all(one.test is not None for one in late)
    task = make_task()
    always = int(np.bincount(task.train.y).argmax())
    assert late[0].test == pytest.approx(float((task.test.y == always).mean()))


def test_nothing_is_measured_twice(record: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Measuring(record, make_task(), Metric.load("accuracy"))
    first.on_validation()
    first.on_test()
    known = record.store.meta()[KEY]

    def fit(task: Task, metric: Metric) -> tuple[()]:
        raise AssertionError("fitted again")

    monkeypatch.setattr(baselines, "fit_baselines", fit)
    again = Measuring(record, make_task(), Metric.load("accuracy"))
    again.on_validation()
    again.on_test()
    assert record.store.meta()[KEY] == known


def test_a_baseline_that_fails_costs_a_warning(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(task: Task, metric: Metric) -> tuple[()]:
        raise ZeroDivisionError("deep in a library")

    monkeypatch.setattr(baselines, "fit_baselines", fit)
    measuring = Measuring(record, make_task(), Metric.load("accuracy"))
    measuring.on_validation()
    measuring.on_test()
    assert read_baselines(record.store) == ()
    event = record.store.events()[-1]
    assert event.level == "warning"
    assert "ZeroDivisionError: deep in a library" in event.text


def test_runs_of_before_have_none(record: RunRecord) -> None:
    assert read_baselines(record.store) == ()
    assert comparison((), [{"accuracy": 1.0, "active_parameters": 3}]) == ""


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        (LINEAR, "logistic regression (650 parameters): 96.00 % on validation, 95.00 % on test"),
        (Baseline("largest class", 0, 0.5), "largest class: 50.00 % on validation"),
        (
            Baseline("linear", 1234, 0.5, note="fitted on 5 of 9 examples"),
            "linear (1,234 parameters): 50.00 % on validation; fitted on 5 of 9 examples",
        ),
    ],
)
def test_a_baseline_in_a_line(baseline: Baseline, said: str) -> None:
    assert baseline.text() == said
    assert Baseline(**json.loads(json.dumps(vars(baseline)))) == baseline


def row(validation: float, test: float | None, active: int) -> dict[str, float | None]:
    return {"accuracy": validation, "test_accuracy": test, "active_parameters": active}


def test_the_front_is_compared_on_test_data() -> None:
    front = [row(0.99, 0.97, 900), row(0.97, 0.96, 650), row(0.97, 0.95, 100), row(1, None, 5)]
    assert comparison((LINEAR,), front) == (
        "2 of 3 networks of the front have a better accuracy on test data than logistic "
        "regression, 1 of them with at most as many parameters."
    )


def test_before_the_end_the_front_is_compared_on_validation_data() -> None:
    early = Baseline("logistic regression", 650, 0.96)
    assert comparison((early,), [row(0.97, None, 900), row(0.96, None, 2)]) == (
        "1 of 2 networks of the front has a better accuracy on validation data than logistic "
        "regression, none of them with at most as many parameters."
    )
    assert comparison((early,), []) == ""
