"""Ridge regression in closed form (Hoerl & Kennard 1970), the dual form when columns abound."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fitness.prediction.kernels import Products, genome_columns
from fitness.prediction.record_weights import roots, weighted_mean
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]


class Ridge:
    """Linear in standardised columns; `penalty` is added to the diagonal of X'X."""

    def __init__(self, penalty: float) -> None:
        self.penalty = penalty
        self._coefficients: Array | None = None

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._x_mean, self._y_mean = weighted_mean(x, weights), weighted_mean(y, weights)
        root = roots(len(x), weights)[:, None]
        x, y = (x - self._x_mean) * root, (y - self._y_mean) * root
        rows, columns = x.shape
        if rows < 3 or columns == 0:
            self._coefficients = np.zeros((columns, y.shape[1]))
        elif columns <= rows:
            self._coefficients = _solve(x.T @ x, self.penalty, x.T @ y)
        else:
            self._coefficients = x.T @ _solve(x @ x.T, self.penalty, y)

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        assert self._coefficients is not None, "predict before fit"
        predicted: Array = (x - self._x_mean) @ self._coefficients + self._y_mean
        return predicted

    def complexity(self) -> float:
        """Count the numbers that a prediction of one outcome uses."""
        return 1.0 + (0 if self._coefficients is None else len(self._coefficients))


class PairwiseRidge:
    """Linear in standardised columns and in all products of two columns of the genome."""

    def __init__(self, penalty: float, columns: tuple[str, ...]) -> None:
        self.penalty = penalty
        self._columns = columns
        self._products: Products | None = None

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._mean, self._products = weighted_mean(y, weights), None
        if len(x) >= 3 and x.shape[1]:
            self._products = Products(x, genome_columns(self._columns, x.shape[1]), pairwise=True)
            penalty = self.penalty / roots(len(x), weights) ** 2
            self._weights = _solve(self._products.gram, penalty, y - self._mean)

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        if self._products is None:
            return np.tile(self._mean, (len(x), 1))
        return np.asarray(self._products(x) @ self._weights + self._mean)

    def complexity(self) -> float:
        """Count the numbers that a prediction of one outcome uses."""
        return 1.0 if self._products is None else self._products.complexity()


def _solve(gram: Array, penalty: float | Array, right: Array) -> Array:
    return np.asarray(np.linalg.solve(gram + penalty * np.eye(len(gram)), right))


def make(genes: Record, seed: int) -> Ridge | PairwiseRidge:
    """Make it from the genes `ridge_penalty` and `pairwise`; nothing in it is random."""
    penalty = float(genes["ridge_penalty"])
    return PairwiseRidge(penalty, tuple(genes["columns"])) if genes["pairwise"] else Ridge(penalty)
