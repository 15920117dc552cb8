"""The mean of the nearest neighbours, weighted by the inverse of their distance (Shepard 1968)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fitness.prediction.kernels import genome_columns, group_weights, squared_distances
from fitness.prediction.record_weights import roots
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
CLOSEST = 0.05  # added to distances (two random records: 1.4), so that a twin does not rule alone


class Nearest:
    """Distances between standardised columns; the genome makes `genome_share` of them."""

    def __init__(self, neighbours: int, genome_share: float, columns: tuple[str, ...]) -> None:
        self.neighbours, self.genome_share = neighbours, genome_share
        self._columns = columns
        self._x: Array = np.empty((0, 0))

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._x, self._y, self._counts = x, y, roots(len(x), weights) ** 2
        genome = genome_columns(self._columns, x.shape[1])
        self._weights = group_weights(x, genome, self.genome_share)

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        rows, weights = self._nearest(x)
        return np.asarray((weights[:, :, None] * self._y[rows]).sum(axis=1))

    def predict_std(self, x: Array) -> Array:
        """Return the weighted standard deviation among the neighbours, (M, K)."""
        rows, weights = self._nearest(x)
        near = self._y[rows]  # (M, neighbours, K)
        mean = (weights[:, :, None] * near).sum(axis=1, keepdims=True)
        return np.asarray(np.sqrt((weights[:, :, None] * (near - mean) ** 2).sum(axis=1)))

    def complexity(self) -> float:
        """Count the numbers it remembers of the records."""
        return float(1 + self._x.size)

    def _nearest(self, x: Array) -> tuple[npt.NDArray[np.intp], Array]:
        """Return rows and weights (M, neighbours); the weights of each sum to one."""
        squares = squared_distances(x, self._x, self._weights)
        if len(self._x) < 3 or not self._weights.any():
            everyone = np.tile(np.arange(len(self._x)), (len(x), 1))
            return everyone, np.tile(self._counts / self._counts.sum(), (len(x), 1))
        order = np.argsort(squares, axis=1, kind="stable")[:, : self.neighbours]
        distances = np.sqrt(np.take_along_axis(squares, order, axis=1))
        weights = self._counts[order] / (CLOSEST + distances)
        return order, weights / weights.sum(axis=1, keepdims=True)


def make(genes: Record, seed: int) -> Nearest:
    """Make it from the genes `neighbours` and `genome_share`; nothing in it is random."""
    return Nearest(int(genes["neighbours"]), float(genes["genome_share"]), tuple(genes["columns"]))
