"""Linear ranking: of any two records, which is the better? RankNet's loss (Burges et al. 2005).

The logistic loss over all pairs is minimised with a ridge penalty by steps that maximise a
quadratic bound of it (Boehning & Lindsay 1988): each lowers the loss, none needs a step size.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fitness.prediction.kernels import Products, genome_columns
from fitness.prediction.record_weights import roots, weighted_mean
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
STEPS = 30


class Rank:
    """Scores whose order is that of the truths, mapped to them by least squares."""

    def __init__(self, penalty: float, pairwise: bool, columns: tuple[str, ...]) -> None:
        self.penalty, self.pairwise = penalty, pairwise
        self._columns = columns
        self._products: Products | None = None

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._mean = weighted_mean(y, weights)
        self._weights = np.zeros(y.shape)  # (N, K) of the records
        self._products = None
        if len(x) < 3 or x.shape[1] == 0:
            return
        genome = genome_columns(self._columns, x.shape[1])
        self._products = Products(x, genome, self.pairwise)
        root = roots(len(x), weights)
        counts = np.outer(root, root)
        for k, values in enumerate(y.T):
            ranking = _ranking(self._products.gram, values, self.penalty, counts)
            scores = self._products.gram @ ranking
            scores -= weighted_mean(scores, weights)
            counted = scores * root**2
            spread = float(counted @ scores)
            slope = counted @ values / spread if spread > 1e-12 else 0.0
            self._weights[:, k] = ranking * slope
        self._offset = weighted_mean(self._products.gram @ self._weights, weights)

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        if self._products is None:
            return np.tile(self._mean, (len(x), 1))
        return np.asarray(self._products(x) @ self._weights - self._offset + self._mean)

    def complexity(self) -> float:
        """Count the numbers that a prediction of one outcome uses."""
        return 1.0 if self._products is None else self._products.complexity()


def _ranking(gram: Array, values: Array, penalty: float, counts: Array) -> Array:
    """Return weights w (N,) of the records that minimise, for scores s = gram @ w,

    the sum of log(1 + exp(-(s_i - s_j))) over pairs with value_i > value_j, each as often as it
    counts (N, N), divided by N / 4, plus penalty / 2 * w' gram w.
    """
    order = np.sign(values[:, None] - values)  # 1 where the row beats the column
    pairs = counts * np.abs(order) / (len(values) / 4.0)
    # The curvature of the loss is at most a quarter of this graph's Laplacian.
    bound = 0.25 * (np.diag(pairs.sum(axis=1)) - pairs)
    step = np.linalg.inv(bound @ gram + penalty * np.eye(len(values)))
    weights = np.zeros(len(values))
    for _ in range(STEPS):
        scores = gram @ weights
        margins = order * (scores[:, None] - scores)
        downhill = (pairs * order / (1.0 + np.exp(np.minimum(margins, 50.0)))).sum(axis=1)
        weights = step @ (bound @ scores + downhill)
    return weights


def make(genes: Record, seed: int) -> Rank:
    """Make it from the genes `ridge_penalty` and `pairwise`; nothing in it is random."""
    return Rank(float(genes["ridge_penalty"]), bool(genes["pairwise"]), tuple(genes["columns"]))
