"""Intervals of a front's metric, and whose lead may be chance."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from evo.pareto.statistics import student_t, wilson_interval
from evo.record.front_intervals import MetricChance, with_intervals
from evo.record.remeasured import FOLD, SIZES, SPLITS, Remeasured, set_counted
from evo.record.rows import Measurement
from evo.record.store import Store
from fitness.metric import Metric

ACCURACY, R2, RMSE = (Metric.load(name) for name in ("accuracy", "r2", "rmse"))


def rows(metric: str, members: list[tuple[int, float]]) -> list[dict[str, Any]]:
    return [
        {"genome": f"m{i}", metric: value, "active_parameters": active}
        for i, (active, value) in enumerate(members)
    ]


def leaders(found: list[dict[str, Any]]) -> list[str]:
    return [row["genome"] for row in found if row["leads"]]


def test_a_share_of_examples_has_the_interval_of_wilson() -> None:
    (row,) = with_intervals(rows("accuracy", [(10, 0.75)]), MetricChance(ACCURACY, 200))
    assert (row["accuracy_low"], row["accuracy_high"]) == wilson_interval(150, 200)
    assert row["leads"] is True


def test_a_member_leads_if_it_is_better_beyond_chance_than_the_last_that_leads() -> None:
    # One standard error of 90 % on 288 examples is 1.8 points, so 5 points are more than chance.
    front = rows("accuracy", [(100, 0.85), (200, 0.88), (300, 0.91), (400, 0.90), (50, 0.40)])
    found = with_intervals(front, MetricChance(ACCURACY, 288))
    assert leaders(found) == ["m0", "m2", "m4"]  # m2 leads over m0, by steps that are chance each
    assert [row["genome"] for row in found] == ["m0", "m1", "m2", "m3", "m4"]


def test_more_examples_tell_smaller_leads() -> None:
    front = rows("accuracy", [(100, 0.90), (200, 0.91)])
    assert leaders(with_intervals(front, MetricChance(ACCURACY, 300))) == ["m0"]
    assert leaders(with_intervals(front, MetricChance(ACCURACY, 20_000))) == ["m0", "m1"]


def test_of_equal_size_the_better_one_comes_first() -> None:
    front = rows("accuracy", [(100, 0.50), (100, 0.90)])
    assert leaders(with_intervals(front, MetricChance(ACCURACY, 300))) == ["m1"]


def test_other_metrics_vary_as_trainings_on_folds_do() -> None:
    measured = {
        "a": Remeasured((0.5, 0.7), (100, 100)),
        "b": Remeasured((0.4, 0.5, 0.6), (100,) * 3),
    }
    chance = MetricChance.of_folds(R2, measured)
    assert chance is not None
    assert chance.deviation == pytest.approx(math.sqrt((0.02 + 0.01) / 2))
    half = student_t(2) * chance.deviation
    assert chance.interval(0.3) == pytest.approx((0.3 - half, 0.3 + half))
    assert chance.interval(0.9)[1] == 1.0  # no R² is better
    assert not chance.differs(0.9, 0.3)
    assert chance.differs(1.0, -5.0)


def test_where_less_is_better_the_interval_ends_at_zero_and_the_lower_leads() -> None:
    chance = MetricChance(RMSE, deviation=2.0)
    assert chance.interval(1.0)[0] == 0.0
    found = with_intervals(rows("rmse", [(10, 60.0), (20, 40.0), (30, 70.0)]), chance)
    assert leaders(found) == ["m0", "m1"]


def test_one_fold_tells_nothing() -> None:
    assert MetricChance.of_folds(R2, {"a": Remeasured((0.5,), (100,))}) is None
    front = rows("r2", [(10, 0.5)])
    assert with_intervals(front, None) == front


def test_a_record_tells_the_examples_and_the_folds(tmp_path: Path) -> None:
    with Store.create(tmp_path / "run.sqlite") as store:
        assert MetricChance.of(store, "accuracy") is None  # how many examples is not known
        store.set_meta({SPLITS: json.dumps({"validation": 50, "test": 60})})
        assert MetricChance.of(store, "accuracy") == MetricChance(ACCURACY, 50)
        assert MetricChance.of(store, "r2") is None  # nobody was trained anew
        assert MetricChance.of(store, "my score") is None
        store.set_meta({SIZES: json.dumps([10, 10])})
        for fold, value in enumerate((0.5, 0.7), start=1):
            store.add_measurement(Measurement("m0", FOLD, fold, value))
        set_counted(store, {"m0": 2})
        found = MetricChance.of(store, "r2")
        assert found is not None
        assert found.deviation == pytest.approx(0.02**0.5)
