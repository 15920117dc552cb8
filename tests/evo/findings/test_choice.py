"""Choosing from a front: by role, or what meets a demand."""

from __future__ import annotations

from typing import Any

import pytest

from evo.errors import BadInput
from evo.findings.choice import Demand, choose, roles
from evo.pareto.dominance import Axes, Axis

AXES = Axes(
    (
        Axis("accuracy", "max", reference=0.1, ideal=1.0),
        Axis("active_parameters", "min", reference=10_000, ideal=1, scale="log"),
    )
)
FRONT = [
    {"genome": "fat", "accuracy": 0.99, "active_parameters": 9000},
    {"genome": "knee", "accuracy": 0.98, "active_parameters": 900},
    {"genome": "lean", "accuracy": 0.60, "active_parameters": 300},
    {"genome": "twin", "accuracy": 0.98, "active_parameters": 900},
]


def chosen(**demand: float) -> str:
    return str(choose(FRONT, Demand(**demand), AXES)["genome"])  # type: ignore[arg-type]


def test_before_anything_was_measured_again_validation_data_decide() -> None:
    assert chosen() == "fat"  # of how many examples is unknown
    for examples, genome in ((50, "knee"), (5000, "fat")):  # errors of 2.4 and 0.14 points
        assert roles(FRONT, AXES, examples)["default"]["genome"] == genome


def measured(name: str, again: float | None, examples: int | None, active: int) -> dict[str, Any]:
    """Return a row whose validation accuracy says nothing."""
    again_too = {"remeasured_accuracy": again, "remeasured_examples": examples}
    return {"genome": name, "accuracy": 1.0, "active_parameters": active, **again_too}


# Of 98 % in 1,000 the standard error is 0.45 points (0.02 * 0.98 = 0.0196; / 1,000; root).
AGAIN = [
    measured("largest", 0.979, 1000, 8000),
    measured("best", 0.980, 1000, 5000),
    measured("as good", 0.977, 1000, 2000),
    measured("worse", 0.974, 1000, 900),
    measured("lucky", 0.999, 250, 100),  # dropped out early, on few examples
    measured("unknown", None, None, 50),
]


def test_the_default_is_the_smallest_within_a_standard_error_of_the_best() -> None:
    found = roles(AGAIN, AXES)
    assert found["best"]["genome"] == "best"
    assert found["default"]["genome"] == "as good"
    assert [choose(AGAIN, Demand(role=role), AXES) for role in found] == list(found.values())


def test_the_more_examples_the_closer_the_default_has_to_be() -> None:
    many = [{**row, "remeasured_examples": 100_000} for row in AGAIN[:4]]
    assert roles(many, AXES)["default"]["genome"] == "best"  # standard error: 0.04 points
    few = [{**row, "remeasured_examples": 100} for row in AGAIN[:4]]
    assert roles(few, AXES)["default"]["genome"] == "worse"  # standard error: 1.4 points


def test_the_compromise_is_the_knee_of_the_front() -> None:
    assert choose(FRONT, Demand(role="compromise"), AXES)["genome"] == "knee"


def test_members_beyond_the_reference_have_no_role() -> None:
    giant = measured("giant", 0.999, 1000, 20_000)
    assert {row["genome"] for row in roles([giant, *AGAIN], AXES).values()} & {"giant"} == set()
    assert roles([giant], AXES)["default"] is giant  # better than nothing


def test_test_data_decide_nothing() -> None:
    spoilt = [{**row, "test_accuracy": 0.5} for row in AGAIN]
    spoilt[0]["test_accuracy"] = 1.0
    for role, row in roles(AGAIN, AXES).items():
        assert roles(spoilt, AXES)[role]["genome"] == row["genome"]


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
        (Demand(min_accuracy=0.995), "the most accurate has 99.00 %"),
        (Demand(max_active=299), "the smallest has 300"),
    ],
)
def test_what_nobody_meets_says_what_the_front_can_do(demand: Demand, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        choose(FRONT, demand, AXES)


def test_an_empty_front_is_said_to_be_empty() -> None:
    with pytest.raises(BadInput, match="empty so far"):
        choose([], Demand(), AXES)


def test_demands_are_checked() -> None:
    with pytest.raises(BadInput, match="exclude each other"):
        Demand(0.9, 100)
    with pytest.raises(BadInput, match="exclude each other"):
        Demand(0.9, role="best")
    with pytest.raises(BadInput, match="received good, expected one of default, best, compromise"):
        Demand(role="good")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"0\.98 means 98 %"):
        Demand(min_accuracy=98)
    with pytest.raises(BadInput, match="at least 1"):
        Demand(max_active=0)
