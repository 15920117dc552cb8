"""Inputs: columns on the scale that models learn from. Missing values become the mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fitness.data.bounds import LARGEST, limits
from fitness.prediction.normal_scores import NormalScores

Array = npt.NDArray[np.float64]
LEAST_DEVIATION = 1e-9  # of the largest value, below which a column is constant
SCORED_COLUMNS = 4096  # that are remembered, of some hundred numbers each
LARGEST_DEVIATION = 6.0  # standard deviations to which inputs are clamped


class Standardiser:
    """Columns to zero mean and unit deviation over a window."""

    def __init__(self, x: Array) -> None:
        self._low, self._high = limits(x)
        x = x.clip(self._low, self._high)
        largest = np.max(np.abs(x), axis=0, where=np.isfinite(x), initial=0.0)
        self._exponent = np.frexp(largest)[1]  # a power of two: no square leaves float64
        x = np.ldexp(x, -self._exponent)
        known = np.isfinite(x)
        counts = np.maximum(known.sum(axis=0), 1)
        self._mean = np.where(known, x, 0.0).sum(axis=0) / counts
        deviations = np.where(known, x - self._mean, 0.0)
        deviation = np.sqrt((deviations**2).sum(axis=0) / counts)
        varies = deviation > LEAST_DEVIATION
        self._scale = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)

    def __call__(self, x: Array) -> Array:
        x = np.ldexp(x.clip(self._low, self._high), -self._exponent)
        scores: Array = np.where(np.isfinite(x), x - self._mean, 0.0) * self._scale
        return scores.clip(-LARGEST_DEVIATION, LARGEST_DEVIATION)


class ScoredColumns:
    """Columns to normal scores over a window, then standardised.

    Losses crowd around what chance gives and have long tails: their order tells more than their
    size. Columns of two values, as of choices, stay as they are.
    """

    def __init__(self, x: Array) -> None:
        self._seen = [_packed(column) for column in x.clip(-LARGEST, LARGEST).T]
        self._standardise = Standardiser(self._score(x))

    def __call__(self, x: Array) -> Array:
        return self._standardise(self._score(x))

    def _score(self, x: Array) -> Array:
        x = x.clip(-LARGEST, LARGEST)
        if not x.size:
            return x
        columns = zip(self._seen, x.T, strict=True)
        return np.stack([_scored(seen, _packed(column)) for seen, column in columns], axis=1)


# Members of a population read the same columns of the same males: each is scored once for all.
@lru_cache(maxsize=SCORED_COLUMNS)
def _scored(seen: bytes, column: bytes) -> Array:
    """Return a column (N,) as normal scores over one that was seen; NaN stays NaN."""
    values = np.frombuffer(column, dtype=np.float64)
    scores = _normal_scores(seen)
    return values if scores is None else scores.forward(values)


@lru_cache(maxsize=SCORED_COLUMNS)
def _normal_scores(seen: bytes) -> NormalScores | None:
    """Return the normal scores of a column; None if it has no more than two values."""
    values = np.frombuffer(seen, dtype=np.float64)
    known = values[np.isfinite(values)]
    return NormalScores(known) if len(np.unique(known)) > 2 else None


def _packed(column: Array) -> bytes:
    return np.ascontiguousarray(column).tobytes()


INPUTS: Mapping[str, Callable[[Array], Callable[[Array], Array]]] = {
    "standard": Standardiser,
    "scores": ScoredColumns,
}
