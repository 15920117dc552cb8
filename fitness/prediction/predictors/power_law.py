"""Extrapolates the early curve by a saturating law (Domhan et al. 2015: pow3 and exp3).

metric(t) = limit - gain * decay(t), with decay(t) = t^-rate or exp(-rate t). Once law, rate and
horizon are given, the value at the horizon is linear in the metrics read, so every law of a
small grid is fitted in closed form; the adults tell which law ends nearest to the truth. What
else is read joins by ridge regression, and has to do for candidates, which have no curve.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from fitness.prediction.history import FeatureSet, History
from fitness.prediction.predictors.ridge import Ridge
from fitness.prediction.record_weights import roots, weighted_mean
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
RATES = (0.25, 0.5, 1.0, 2.0)
HORIZONS = (1.0, 2.0, 4.0, 8.0, 32.0)  # times the epochs read; at 1 it smoothes the last epoch
LEAST_PENALTY = 1.0  # on the slope of the extrapolation: as if one record had said nothing
PREFIX = "extrapolated."


class PowerLaw:
    """A line through the most telling extrapolation, and ridge on all but the curve for the rest.

    Within one regression the penalty would shrink the one column that says most.
    """

    def __init__(self, penalty: float, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._ridge = Ridge(penalty)

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        laws = np.array([name.startswith(PREFIX) for name in self._columns], dtype=bool)
        self._others = np.flatnonzero(~laws)
        self._slopes = np.zeros((x.shape[1], y.shape[1]))  # one of each column is not zero
        if laws.any() and len(x) >= 3:
            root = roots(len(x), weights)[:, None]
            centred = np.where(laws, x - weighted_mean(x, weights), 0.0) * root
            agreement = centred.T @ ((y - weighted_mean(y, weights)) * root)  # (D, K)
            chosen, outcomes = np.argmax(np.abs(agreement), axis=0), np.arange(y.shape[1])
            squares = (centred**2).sum(axis=0)[chosen] + LEAST_PENALTY
            self._slopes[chosen, outcomes] = agreement[chosen, outcomes] / squares
        self._ridge.fit(x[:, self._others], y - x @ self._slopes, weights)

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        return np.asarray(x @ self._slopes + self._ridge.predict(x[:, self._others]))

    def complexity(self) -> float:
        """Count the numbers that a prediction of one outcome uses."""
        return 1.0 + self._ridge.complexity()


def see(history: History, feature_set: FeatureSet) -> tuple[tuple[str, ...], Array]:
    """Look at the curve as its value at every horizon by every law; at all else as it is."""
    rest = replace(feature_set, epochs=0)
    names, x = history.names(rest), history.matrix(rest)
    if not feature_set.epochs:
        return names, x
    laws = extrapolations(feature_set.epochs)
    extrapolated = history.metrics(feature_set.epochs) @ laws
    return (*names, *(f"{PREFIX}{i}" for i in range(laws.shape[1]))), np.hstack([x, extrapolated])


@cache
def extrapolations(epochs: int) -> Array:
    """Return what each metric read weighs in the value at the horizon, (epochs, laws)."""
    columns = []
    for decay, rate in product((_power, _exponential), RATES):
        time = np.arange(1.0, epochs + 1.0)
        design = np.column_stack([np.ones(epochs), -decay(time, rate)])
        fit = np.linalg.pinv(design)  # (2, epochs): limit and gain by least squares
        for horizon in HORIZONS:
            end = np.array([1.0, -decay(np.array([horizon * epochs]), rate)[0]])
            columns.append(end @ fit if epochs > 1 else np.ones(1))
    return np.column_stack(columns)


def _power(time: Array, rate: float) -> Array:
    return np.asarray(time**-rate)


def _exponential(time: Array, rate: float) -> Array:
    return np.asarray(np.exp(-rate * (time - 1.0)))


def make(genes: Record, seed: int) -> PowerLaw:
    """Make it from the gene `ridge_penalty`; nothing in it is random."""
    return PowerLaw(float(genes["ridge_penalty"]), tuple(genes["columns"]))
