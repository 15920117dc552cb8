"""Ridge regression in closed form (Hoerl & Kennard 1970), the dual form when columns abound."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from genomes.gene import Record

Array = npt.NDArray[np.float64]


class Ridge:
    """Linear in standardised columns; `penalty` is added to the diagonal of X'X."""

    def __init__(self, penalty: float) -> None:
        self.penalty = penalty
        self._coefficients: Array | None = None

    def fit(self, x: Array, y: Array) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._x_mean: Array = x.mean(axis=0)
        self._y_mean: Array = y.mean(axis=0)
        x, y = x - self._x_mean, y - self._y_mean
        rows, columns = x.shape
        if rows < 3 or columns == 0:
            self._coefficients = np.zeros((columns, y.shape[1]))
        elif columns <= rows:
            self._coefficients = _solve(x.T @ x, self.penalty, x.T @ y)
        else:
            self._coefficients = x.T @ _solve(x @ x.T, self.penalty, y)

    def predict(self, x: Array) -> Array:
        """Foretell (M, K) for x (M, D)."""
        assert self._coefficients is not None, "predict before fit"
        foretold: Array = (x - self._x_mean) @ self._coefficients + self._y_mean
        return foretold

    def complexity(self) -> float:
        """Count the numbers that a prediction of one outcome uses."""
        return 1.0 + (0 if self._coefficients is None else len(self._coefficients))


def _solve(gram: Array, penalty: float, right: Array) -> Array:
    return np.asarray(np.linalg.solve(gram + penalty * np.eye(len(gram)), right))


def make(genes: Record, seed: int) -> Ridge:
    """Make a ridge regression from the gene `ridge_penalty`; nothing in it is random."""
    return Ridge(float(genes["ridge_penalty"]))
