"""Extrapolates the early curve by a saturating law (Domhan et al. 2015: pow3 and exp3).

metric(t) = limit - gain * decay(t), with decay(t) = t^-rate or exp(-rate t). Once law, rate and
horizon are given, the value at the horizon is linear in the watched metrics, so every law of a
small grid is fitted in closed form; the adults tell which law ends nearest to the truth. What
else is watched joins by ridge regression, and has to do for the unborn, who have no curve.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

from fitness.archive import Archive, Watch
from fitness.predictors.ridge import Ridge
from genomes.gene import Record

Array = npt.NDArray[np.float64]
RATES = (0.25, 0.5, 1.0, 2.0)
HORIZONS = (1.0, 2.0, 4.0, 8.0, 32.0)  # times the watched epochs; at 1 it smoothes the last epoch
PREFIX = "extrapolated."


class PowerLaw:
    """Ridge on all but the curve and, for each outcome, on its most telling extrapolation."""

    def __init__(self, penalty: float, columns: tuple[str, ...]) -> None:
        self.penalty = penalty
        self._columns = columns
        self._ridges: list[Ridge] = []

    def fit(self, x: Array, y: Array) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        laws = [i for i, name in enumerate(self._columns) if name.startswith(PREFIX)]
        others = [i for i in range(x.shape[1]) if i not in laws]
        self._chosen, self._ridges = [], []
        for values in y.T:
            best = [laws[int(np.argmax(_explained(x[:, laws], values)))]] if laws else []
            self._chosen.append([*others, *best])
            ridge = Ridge(self.penalty)
            ridge.fit(x[:, self._chosen[-1]], values[:, None])
            self._ridges.append(ridge)

    def predict(self, x: Array) -> Array:
        """Foretell (M, K) for x (M, D)."""
        pairs = zip(self._ridges, self._chosen, strict=True)
        return np.hstack([ridge.predict(x[:, chosen]) for ridge, chosen in pairs])

    def complexity(self) -> float:
        """Count the numbers that a prediction of one outcome uses."""
        return max((ridge.complexity() for ridge in self._ridges), default=1.0)


def _explained(x: Array, values: Array) -> Array:
    """Return the squared covariance with the values of each standardised column, (D,)."""
    return np.asarray(((x - x.mean(axis=0)).T @ (values - values.mean())) ** 2)


def see(archive: Archive, watch: Watch) -> tuple[tuple[str, ...], Array]:
    """Look at the curve as its value at every horizon by every law; at all else as it is."""
    rest = replace(watch, epochs=0)
    names, x = archive.names(rest), archive.matrix(rest)
    if not watch.epochs:
        return names, x
    laws = extrapolations(watch.epochs)
    extrapolated = archive.metrics(watch.epochs) @ laws
    return (*names, *(f"{PREFIX}{i}" for i in range(laws.shape[1]))), np.hstack([x, extrapolated])


@cache
def extrapolations(epochs: int) -> Array:
    """Return what each watched metric weighs in the value at the horizon, (epochs, laws)."""
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
