"""Inputs moved along an axis; what comes in from outside repeats the edge."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array


def moved(x: Array, axis: int, steps: int) -> Array:
    """Return inputs (N, ...) moved by so many places, towards higher ones if above zero."""
    length = x.shape[axis]
    places = np.clip(np.arange(length) - steps, 0, length - 1)
    found: Array = np.take(x, places, axis=axis)
    return found


def directions(x: Array) -> list[tuple[int, int]]:
    """Return axis and sign of each way in which images or signals can be moved."""
    return [(axis, sign) for axis in range(2, x.ndim) for sign in (1, -1)]
