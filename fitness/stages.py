"""The stages of a training: epochs after which a decision falls, and the last, adult life."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

EXPECTED = "expected rising numbers of epochs from 1: after all but the last falls a decision"


def check_stages(stages: Sequence[int]) -> None:
    """Raise ValueError unless these are rising numbers of epochs from 1."""
    if not stages or stages[0] < 1 or any(early >= late for early, late in pairwise(stages)):
        raise ValueError(f"received stages ({in_words(stages)}), {EXPECTED}")


def epochs_of_youth(stages: Sequence[int]) -> int:
    """Return after how many epochs the last decision falls, 0 if there is none."""
    return stages[-2] if len(stages) > 1 else 0


def in_words(stages: Sequence[int]) -> str:
    """Write them as people do: `1, 3, 8, 20`."""
    return ", ".join(map(str, stages))
