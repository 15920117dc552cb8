"""Choosing from a front: the knee, or what meets a demand."""

from __future__ import annotations

import pytest

from evo.choice import Demand, choose
from evo.errors import BadInput
from evo.pareto import Axes, Axis

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


def test_without_a_demand_it_is_the_knee() -> None:
    assert chosen() == "knee"


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
    with pytest.raises(BadInput, match=r"0\.98 means 98 %"):
        Demand(min_accuracy=98)
    with pytest.raises(BadInput, match="at least 1"):
        Demand(max_active=0)
