"""Choosing from a front: by role, or what meets a demand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from evo.errors import BadInput
from evo.findings.choice import Demand, Measured, by_merit, choose, roles
from evo.pareto.dominance import Axes, Axis
from evo.record.remeasured import Remeasured
from fitness.metric import Metric

AXES = Axes(
    (
        Axis("accuracy", "max", reference=0.1, ideal=1.0),
        Axis("active_parameters", "min", reference=10_000, ideal=1, scale="log"),
    )
)
ACCURACY, R2, RMSE = (Metric.load(name) for name in ("accuracy", "r2", "rmse"))
ONCE = Measured(ACCURACY)  # on validation data alone, of how many examples is unknown
FRONT = [
    {"genome": "fat", "accuracy": 0.99, "active_parameters": 9000},
    {"genome": "knee", "accuracy": 0.98, "active_parameters": 900},
    {"genome": "lean", "accuracy": 0.60, "active_parameters": 300},
    {"genome": "twin", "accuracy": 0.98, "active_parameters": 900},
]


def chosen(**demand: float) -> str:
    return str(choose(FRONT, Demand(**demand), AXES, ONCE)["genome"])  # type: ignore[arg-type]


def test_before_anything_was_measured_again_validation_data_decide() -> None:
    assert chosen() == "fat"  # of how many examples is unknown
    for examples, genome in ((50, "knee"), (5000, "fat")):  # errors of 2.4 and 0.14 points
        found = roles(FRONT, AXES, Measured(ACCURACY, examples))
        assert found["default"]["genome"] == genome


def row(name: str, active: int) -> dict[str, Any]:
    """Return a row whose validation accuracy says nothing."""
    return {"genome": name, "accuracy": 1.0, "active_parameters": active}


AGAIN = [
    row("largest", 8000),
    row("best", 5000),
    row("as good", 2000),
    row("worse", 900),
    row("lucky", 100),  # dropped out early, on few examples
    row("unknown", 50),
]
VALUES = {"largest": 0.979, "best": 0.980, "as good": 0.977, "worse": 0.974}


def anew(examples: int) -> Measured:
    """Return what was measured anew on so many examples.

    Of 98 % in 1,000 the standard error is 0.45 points (0.02 * 0.98 = 0.0196; / 1,000; root).
    """
    found = {name: Remeasured((value,), (examples,)) for name, value in VALUES.items()}
    return Measured(ACCURACY, remeasured={**found, "lucky": Remeasured((0.999,), (25,))})


THOUSAND = anew(1000)


def test_the_default_is_the_smallest_within_a_standard_error_of_the_best() -> None:
    found = roles(AGAIN, AXES, THOUSAND)
    assert found["best"]["genome"] == "best"
    assert found["default"]["genome"] == "as good"
    assert [choose(AGAIN, Demand(role=role), AXES, THOUSAND) for role in found] == list(
        found.values()
    )


def test_the_more_examples_the_closer_the_default_has_to_be() -> None:
    many, few = anew(100_000), anew(100)  # standard errors of 0.04 and 1.4 points
    assert roles(AGAIN, AXES, many)["default"]["genome"] == "best"
    assert roles(AGAIN, AXES, few)["default"]["genome"] == "worse"


def test_the_compromise_is_the_knee_of_the_front() -> None:
    assert choose(FRONT, Demand(role="compromise"), AXES, ONCE)["genome"] == "knee"


def test_members_beyond_the_reference_have_no_role() -> None:
    giant = row("giant", 20_000)
    again = {**THOUSAND.remeasured, "giant": Remeasured((0.999,), (1000,))}
    found = roles([giant, *AGAIN], AXES, Measured(ACCURACY, remeasured=again))
    assert {member["genome"] for member in found.values()} & {"giant"} == set()
    assert roles([giant], AXES, ONCE)["default"] is giant  # better than nothing


def test_test_data_decide_nothing() -> None:
    spoilt = [{**row, "test_accuracy": 0.5} for row in AGAIN]
    spoilt[0]["test_accuracy"] = 1.0
    for role, member in roles(AGAIN, AXES, THOUSAND).items():
        assert roles(spoilt, AXES, THOUSAND)[role]["genome"] == member["genome"]


@pytest.mark.parametrize(
    ("accuracy", "genome"), [(0.985, "fat"), (0.98, "knee"), (0.7, "knee"), (0.5, "lean")]
)
def test_min_accuracy_takes_the_fewest_active_parameters(accuracy: float, genome: str) -> None:
    assert chosen(min_accuracy=accuracy) == genome


@pytest.mark.parametrize(
    ("active", "genome"), [(9000, "fat"), (8999, "knee"), (899, "lean"), (300, "lean")]
)
def test_max_active_takes_the_most_accurate(active: int, genome: str) -> None:
    assert chosen(max_active=active) == genome


@pytest.mark.parametrize(
    ("demand", "part"),
    [
        (Demand(min_accuracy=0.995), "reaches accuracy 0.995 on .* the best has 0.99"),
        (Demand(reach=0.995), "reaches accuracy 0.995 on .* the best has 0.99"),
        (Demand(max_active=299), "the smallest has 300"),
    ],
)
def test_what_nobody_meets_says_what_the_front_can_do(demand: Demand, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        choose(FRONT, demand, AXES, ONCE)


SIZED = [
    {**row, "flops": flops, "shrunk_parameters": shrunk}
    for row, flops, shrunk in zip(
        FRONT, (5e5, 2e5, 1e4, 9e4), (10_000, 1000, 310, 1100), strict=True
    )
]


@pytest.mark.parametrize(
    ("demand", "genome"),
    [
        (Demand(max_flops=1e5), "twin"),
        (Demand(max_bytes=4 * 1000), "knee"),
        (Demand(max_flops=3e5, max_bytes=4 * 1000), "knee"),
        (Demand(max_flops=1e5, max_bytes=4 * 1000), "lean"),
        (Demand(reach=0.9, max_flops=1e5), "twin"),
        (Demand(role="best", max_active=8999), "knee"),
    ],
)
def test_limits_may_be_several(demand: Demand, genome: str) -> None:
    assert choose(SIZED, demand, AXES, ONCE)["genome"] == genome


def test_limits_that_nobody_keeps_to_together_are_told() -> None:
    with pytest.raises(BadInput, match=r"that keeps to the other limits keeps to 1,300 bytes of"):
        choose(SIZED[:2], Demand(max_active=900, max_bytes=1300), AXES, ONCE)


def test_latency_is_a_limit_where_it_was_measured() -> None:
    with pytest.raises(BadInput, match=r"--max-latency-ms: this run did not measure latency"):
        choose(SIZED, Demand(max_latency_ms=2.0), AXES, ONCE)
    timed = [{**row, "latency": 4.0 - k} for k, row in enumerate(SIZED)]  # fat, knee, lean, twin
    assert choose(timed, Demand(max_latency_ms=2.0), AXES, ONCE)["genome"] == "twin"
    assert choose(timed, Demand(max_latency_ms=3.0), AXES, ONCE)["genome"] == "knee"


def test_an_empty_front_is_said_to_be_empty() -> None:
    with pytest.raises(BadInput, match="empty so far"):
        choose([], Demand(), AXES, ONCE)


def test_demands_are_checked() -> None:
    with pytest.raises(BadInput, match="exclude each other"):
        Demand(0.9, reach=100)
    with pytest.raises(BadInput, match="exclude each other"):
        Demand(0.9, role="best")
    with pytest.raises(BadInput, match="exclude each other"):
        Demand(0.9, reach=0.9)
    with pytest.raises(BadInput, match="received good, expected one of default, best, compromise"):
        Demand(role="good")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"0\.98 means 98 %"):
        Demand(min_accuracy=98)
    for name in ("active", "flops", "bytes", "latency-ms"):
        limit = {f"max_{name.replace('-', '_')}": 0}
        with pytest.raises(BadInput, match=f"--max-{name}: received 0, expected a number above 0"):
            Demand(**limit)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="expected a finite number"):
        Demand(reach=math.nan)
    with pytest.raises(BadInput, match=r"accuracy is a share from 0 to 1; 0\.98 means 98 %"):
        chosen(reach=98)


# -- other metrics -------------------------------------------------------------------------------


def measuring(metric: Metric, values: Sequence[float]) -> tuple[list[dict[str, Any]], Axes]:
    """Return a front with these values of a metric, the larger networks first, and its axes."""
    direction, worst, ideal = ("max", 0.0, 1.0) if metric.rises else ("min", 9.0, 0.0)
    axis = Axis(metric.name, direction, worst, ideal)  # type: ignore[arg-type]
    front = [
        {"genome": name, metric.name: value, "active_parameters": active}
        for name, value, active in zip("abcd", values, (5000, 2000, 900, 10), strict=True)
    ]
    return front, Axes((axis, AXES.axes[1]))


R2_VALUES, RMSE_VALUES = (0.9, 0.7, 0.6, 0.1), (1.0, 3.0, 4.0, 8.0)
BOTH = [(R2, R2_VALUES), (RMSE, RMSE_VALUES)]


@pytest.mark.parametrize(("metric", "values"), BOTH)
def test_without_folds_nobody_is_known_to_be_as_good_as_the_best(
    metric: Metric, values: Sequence[float]
) -> None:
    front, axes = measuring(metric, values)
    found = roles(front, axes, Measured(metric, validation_examples=5))
    assert [found[role]["genome"] for role in ("best", "default")] == ["a", "a"]


# Around these the folds' deviations are .1 * root 2; the standard errors of two folds are .1.
@pytest.mark.parametrize(("metric", "anew"), [(R2, (0.8, 0.71, 0.69)), (RMSE, (2.0, 2.09, 2.11))])
def test_the_default_of_any_metric_is_within_the_standard_error_of_the_folds(
    metric: Metric, anew: Sequence[float]
) -> None:
    front, axes = measuring(metric, RMSE_VALUES if metric is RMSE else R2_VALUES)
    again = {n: Remeasured((x - 0.1, x + 0.1), (9, 9)) for n, x in zip("abc", anew, strict=True)}
    found = roles(front, axes, Measured(metric, remeasured=again))
    assert [found[role]["genome"] for role in ("best", "default")] == ["a", "b"]
    once = {name: Remeasured(one.folds[:1], (9,)) for name, one in again.items()}
    found = roles(front, axes, Measured(metric, remeasured=once))
    assert found["default"]["genome"] == "a"  # one fold cannot tell how sure it is


@pytest.mark.parametrize(
    ("metric", "values", "bound", "genome"),
    [
        (R2, R2_VALUES, 0.7, "b"),
        (R2, R2_VALUES, -5.0, "d"),
        (RMSE, RMSE_VALUES, 3.0, "b"),
        (RMSE, RMSE_VALUES, 2.9, "a"),
    ],
)
def test_reach_takes_the_fewest_parameters_that_are_at_least_as_good(
    metric: Metric, values: Sequence[float], bound: float, genome: str
) -> None:
    front, axes = measuring(metric, values)
    assert choose(front, Demand(reach=bound), axes, Measured(metric))["genome"] == genome


def test_what_no_error_is_as_small_as_says_what_the_best_has() -> None:
    front, axes = measuring(RMSE, RMSE_VALUES)
    with pytest.raises(BadInput, match=r"reaches RMSE 0\.5 on validation data; the best has 1$"):
        choose(front, Demand(reach=0.5), axes, Measured(RMSE))


def test_min_accuracy_of_another_metric_names_reach() -> None:
    front, axes = measuring(R2, R2_VALUES)
    with pytest.raises(BadInput, match=r"metric of this run is R², not accuracy; give --reach"):
        choose(front, Demand(min_accuracy=0.5), axes, Measured(R2))


def test_max_active_takes_the_smallest_error() -> None:
    front, axes = measuring(RMSE, RMSE_VALUES)
    assert choose(front, Demand(max_active=2500), axes, Measured(RMSE))["genome"] == "b"


@pytest.mark.parametrize(("metric", "values"), BOTH)
def test_the_best_comes_first_in_either_direction(metric: Metric, values: Sequence[float]) -> None:
    front, _ = measuring(metric, values)
    assert [row["genome"] for row in sorted(front[::-1], key=by_merit(metric))] == list("abcd")
