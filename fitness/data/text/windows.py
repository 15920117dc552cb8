"""Lays tokens out as windows: inputs, and for each position the token that follows.

Each token but the first is predicted once. Where windows overlap, only positions count that no
earlier window has, so that tokens have a context before them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.integer]
SKIPPED = -1  # in place of a token: the position does not count


class Windows(NamedTuple):
    """Inputs (N, length) and the tokens that follow each position, (N, length)."""

    x: npt.NDArray[np.integer]
    y: npt.NDArray[np.int32]


def windows(tokens: Array, length: int, stride: int) -> Windows:
    """Cut tokens (T,), T above `length`, into windows that begin `stride` apart.

    The last one ends with the tokens.
    """
    last = len(tokens) - 1 - length
    starts = np.unique([*range(0, last + 1, stride), last])
    places = starts[:, None] + np.arange(length)
    y = tokens[places + 1].astype(np.int32)
    done = np.concatenate([[0], starts[:-1] + length])  # the first position that is new
    y[places < done[:, None]] = SKIPPED
    return Windows(tokens[places], y)


def evenly(found: Windows, most: int) -> Windows:
    """Return at most so many windows, spread evenly over all."""
    if len(found.x) <= most:
        return found
    chosen = np.arange(most) * len(found.x) // most
    return Windows(found.x[chosen], found.y[chosen])
