"""What a grid of trainings says, on literal figures."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from evo.pareto.statistics import paired_t
from evo.sweeps.grid import Grid
from evo.sweeps.networks import UNPRUNED
from evo.sweeps.statistics import Spread, gains, points
from evo.sweeps.trainings import Training

GRID = Grid((0.5, 0.9), ("linear",), 3)
ROW = Training("linear", 0.5, 1, "k", "ok", "", 4, "r2", 0.9, 0.8, 50.0, 0.5, 100.0, 60.0, 1.0)


def row(curve: str, sparsity: float, seed: int, value: float, active: float) -> Training:
    return replace(
        ROW, curve=curve, sparsity=sparsity, seed=seed, key=f"{curve}{sparsity}{seed}",
        validation=value, test=value - 0.125, active_parameters=active, active_ratio=active / 100,
    )  # fmt: skip


ROWS = [
    *(row(UNPRUNED, 0.0, seed, value, 100) for seed, value in ((1, 0.5), (2, 0.75), (3, 1.0))),
    *(row("linear", 0.5, seed, value, 50) for seed, value in ((1, 0.625), (2, 0.75), (3, 1.25))),
    *(row("linear", 0.9, seed, value, 10 + seed) for seed, value in ((1, 0.25), (2, 0.5), (3, 0))),
]


def test_points_have_means_over_seeds_and_paired_differences() -> None:
    unpruned, half, most = points(GRID, ROWS)
    assert (unpruned.curve, unpruned.sparsity, unpruned.active_parameters) == (UNPRUNED, 0.0, 100)
    assert unpruned.looks["validation"].metric.mean == 0.75
    assert unpruned.looks["test"].metric.mean == 0.625
    assert unpruned.looks["validation"].metric.deviation == 0.25
    assert math.isnan(unpruned.looks["validation"].p)
    assert half.looks["validation"].difference.mean == pytest.approx(0.125)
    assert (most.active_parameters, most.seeds, most.failed) == (12, 3, 0)
    added = [-0.25, -0.25, -1.0]
    look = most.looks["test"]
    assert look.difference.mean == pytest.approx(-0.5)
    assert look.p == pytest.approx(paired_t(added))
    assert look.corrected == pytest.approx(2 * look.p)  # the smaller of two


def test_a_failed_training_is_left_out_with_its_pair() -> None:
    lost = replace(ROWS[1], status="diverged", validation=None, test=None)
    unpruned, half, _ = points(GRID, [ROWS[0], lost, *ROWS[2:]])
    assert (unpruned.seeds, unpruned.failed) == (2, 1)
    assert half.looks["validation"].difference.mean == pytest.approx((0.125 + 0.25) / 2)


def test_trainings_of_another_grid_are_left_out() -> None:
    smaller = Grid((0.5,), ("linear",), 2)
    found = points(smaller, ROWS)
    assert [(p.curve, p.sparsity, p.seeds) for p in found] == [
        (UNPRUNED, 0.0, 2),
        ("linear", 0.5, 2),
    ]


def test_intervals_are_students() -> None:
    spread = Spread.of([1.0, 2.0, 3.0])
    assert (spread.mean, spread.deviation) == (2.0, 1.0)
    assert spread.high - spread.mean == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert math.isnan(Spread.of([1.0]).low)
    assert math.isnan(Spread.of([]).mean)


def test_gains_are_of_seeds_that_both_have() -> None:
    assert gains({1: 3.0, 2: 5.0, 4: 1.0}, {2: 4.0, 1: 1.0, 3: 9.0}) == [2.0, 1.0]
