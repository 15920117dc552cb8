"""What is left out of a view: far outliers on the worse side, and nothing else."""

from __future__ import annotations

import pytest

from evo.pareto.outliers import in_view

GOOD = [0.7, 0.75, 0.8, 0.9]


def test_what_is_far_worse_is_left_out_and_the_order_stays() -> None:
    assert in_view([0.9, -40.0, 0.7, 0.75, 0.8], rises=True) == [0.9, 0.7, 0.75, 0.8]
    assert in_view([52.0, 55.0, 1e6, 58.0, 60.0], rises=False) == [52.0, 55.0, 58.0, 60.0]


@pytest.mark.parametrize("rises", [True, False])
def test_who_is_far_better_stays(rises: bool) -> None:
    best = 40.0 if rises else -40.0
    assert in_view([*GOOD, best], rises) == [*GOOD, best]


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0, 1.0], [-40.0, 0.9], GOOD])
def test_without_a_middle_half_to_tell_by_all_stay(values: list[float]) -> None:
    assert in_view(values, rises=True) == values
