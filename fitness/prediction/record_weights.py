"""How much each record counts in a fit: the older, the less, for a predictor that forgets.

None stands for records that count alike.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def forgetting(count: int, half_life: int) -> Array | None:
    """Return weights (N,) of records, oldest first, whose mean is one.

    A record counts half of one that is `half_life` records younger; 0 forgets nothing.
    """
    if not half_life or not count:
        return None
    weights = 0.5 ** (np.arange(count)[::-1] / half_life)
    return np.asarray(weights / weights.mean())


def weighted_mean(x: Array, weights: Array | None) -> Array:
    """Return the mean of the rows of x (N, D)."""
    return np.asarray(x.mean(axis=0) if weights is None else weights @ x / weights.sum())


def roots(count: int, weights: Array | None) -> Array:
    """Return what rows (N,) are multiplied by, so that their squares count by their weights."""
    return np.ones(count) if weights is None else np.sqrt(weights)
