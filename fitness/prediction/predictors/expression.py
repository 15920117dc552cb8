"""A formula found by genetic programming, with linear scaling per outcome (Keijzer 2003).

Evolution finds the shape of the formula; slope and intercept are fitted by least squares.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fitness.prediction.record_weights import roots, weighted_mean
from genomes.genes import formula
from genomes.genes.gene import Record
from genomes.genes.language import Formula

Array = npt.NDArray[np.float64]


class ScaledFormula:
    """intercept + slope * formula(columns), one slope and intercept per outcome."""

    def __init__(self, expression: Formula, columns: tuple[str, ...]) -> None:
        self.expression = expression
        # A formula reads few of the columns; one that it reads but may not read is zero.
        self._positions = {name: i for i, name in enumerate(columns) if name in expression}

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        values = self._values(x)
        self._center = float(weighted_mean(values, weights))
        self._intercepts = weighted_mean(y, weights)
        centred = values - self._center
        counted = centred * roots(len(x), weights) ** 2
        spread = float(counted @ centred)
        usable = len(x) >= 3 and spread > 1e-9
        self._slopes = counted @ y / spread if usable else np.zeros(y.shape[1])

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        deviation = self._values(x)[:, None] - self._center
        predicted: Array = deviation * self._slopes + self._intercepts
        return predicted

    def complexity(self) -> float:
        """Count the nodes of the formula."""
        return float(len(self.expression))

    def _values(self, x: Array) -> Array:
        columns = {name: x[:, i] for name, i in self._positions.items()}
        return formula.evaluate(self.expression, columns, len(x))


def make(genes: Record, seed: int) -> ScaledFormula:
    """Make the model from the gene `expression` over the names `columns`; nothing is random."""
    return ScaledFormula(tuple(genes["expression"]), tuple(genes["columns"]))
