"""Normal scores: values as standard normal quantiles of their ranks (van der Waerden 1952)."""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class NormalScores:
    """The map from values to scores learnt from `seen` (N,), N > 0; ties share their mean score.

    Beyond the seen range scores continue linearly, one per standard deviation of the seen.
    """

    def __init__(self, seen: Array) -> None:
        self._values, inverse, counts = np.unique(seen, return_inverse=True, return_counts=True)
        order = np.argsort(seen, kind="stable")
        self._scores = np.bincount(inverse[order], _quantiles(len(seen))) / counts
        self._spread = float(seen.std()) or 1.0

    def forward(self, values: Array) -> Array:
        """Turn values into scores."""
        beyond = _beyond(values, self._values) / self._spread
        return np.asarray(np.interp(values, self._values, self._scores) + beyond)

    def backward(self, scores: Array) -> Array:
        """Turn scores into values."""
        beyond = self._spread * _beyond(scores, self._scores)
        return np.asarray(np.interp(scores, self._scores, self._values) + beyond)


def _beyond(numbers: Array, seen: Array) -> Array:
    """Return how far numbers are above the last or below the first of the sorted seen ones."""
    return np.asarray(np.maximum(numbers - seen[-1], 0.0) + np.minimum(numbers - seen[0], 0.0))


@lru_cache(maxsize=512)
def _quantiles(count: int) -> Array:
    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])
