"""What targets are taken as where nobody says it: whole numbers are classes or values."""

from __future__ import annotations

import numpy as np
import pytest

from fitness.data.recognise import recognised


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
