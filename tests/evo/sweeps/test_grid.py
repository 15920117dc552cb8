"""Grids of a sweep: what is read, what is refused."""

from __future__ import annotations

import re

import pytest

from evo.errors import BadInput
from evo.sweeps.grid import DEFAULT_CURVES, DEFAULT_SPARSITY, Grid, curve_names, read_sparsities


def test_ranges_include_an_end_that_they_hit() -> None:
    assert read_sparsities("0:0.9:0.3") == pytest.approx([0.0, 0.3, 0.6, 0.9])
    assert read_sparsities("0.1:0.4:0.2, 0.95") == pytest.approx([0.1, 0.3, 0.95])
    assert len(read_sparsities(DEFAULT_SPARSITY)) == 34


def test_a_grid_is_sorted_without_repetition_and_without_zero() -> None:
    grid = Grid.of("0.6,0:0.6:0.3", ("linear", "cubic", "linear"), 2)
    assert grid == Grid((0.3, 0.6), ("linear", "cubic"), 2)
    assert (grid.looks, grid.trainings) == (4, 10)
    assert Grid.of([0.3, 0.1 + 0.2], ("linear",), 1).sparsities == (0.3,)


def test_all_curves_are_known() -> None:
    assert set(DEFAULT_CURVES) <= set(curve_names())
    assert {"exponential", "step"} <= set(curve_names())


@pytest.mark.parametrize(
    ("sparsity", "curves", "seeds", "message"),
    [
        ("half", ("linear",), 1, "received --sparsity 'half', expected numbers from 0"),
        ("0:0.5", ("linear",), 1, "received --sparsity '0:0.5', expected numbers"),
        ("nan", ("linear",), 1, "received --sparsity 'nan'"),
        ("", ("linear",), 1, "received --sparsity ''"),
        ("0.5,1", ("linear",), 1, "received --sparsity 1, expected numbers from 0 to below 1"),
        ("-0.1", ("linear",), 1, "received --sparsity -0.1"),
        ("0:0.9:0", ("linear",), 1, "expected a range that rises"),
        ("0.9:0:0.1", ("linear",), 1, "expected a range that rises"),
        ("0:0.9:1e-6", ("linear",), 1, "at most 1000 steps"),
        ("0", ("linear",), 1, "without a number above zero"),
        ("0.5", ("liner",), 1, "unknown pruning curve 'liner'. Did you mean 'linear'?"),
        ("0.5", (), 1, "received no --curve"),
        ("0.5", ("linear",), 0, "received --seeds 0, expected at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    sparsity: str, curves: tuple[str, ...], seeds: int, message: str
) -> None:
    with pytest.raises(BadInput, match=re.escape(message)):
        Grid.of(sparsity, curves, seeds)
