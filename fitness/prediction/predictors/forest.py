"""A small forest of extremely randomised trees (Geurts, Ernst & Wehenkel 2006).

The trees are scikit-learn's own, grown directly: for windows of 150 records its ensemble classes
spend most of their time on checks and job dispatch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.tree import ExtraTreeRegressor

from fitness.prediction.record_weights import weighted_mean
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
COLUMN_SHARE = 1 / 3  # of the columns that a split may choose from,
LEAST_COLUMNS = 10  # but all of so few: small spaces of a user's own


class Forest:
    """The mean of `trees` trees of at most `depth` levels, all outcomes in one tree."""

    def __init__(self, trees: int, depth: int, seed: int) -> None:
        self.trees, self.depth, self.seed = trees, depth, seed
        self._grown: list[Any] = []
        self._mean: Array | None = None

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._mean, self._grown = weighted_mean(y, weights), []
        if len(x) < 3 or x.shape[1] == 0:
            return
        candidates = max(round(COLUMN_SHARE * x.shape[1]), min(LEAST_COLUMNS, x.shape[1]))
        x, y = x.astype(np.float32), np.ascontiguousarray(y, dtype=np.float64)
        for tree in range(self.trees):
            grown = ExtraTreeRegressor(
                max_depth=self.depth,
                max_features=candidates,
                min_samples_leaf=2,
                random_state=(self.seed + 7919 * tree) % 2**32,
            )
            grown.fit(x, y, sample_weight=weights, check_input=False)
            self._grown.append(grown.tree_)

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        assert self._mean is not None, "predict before fit"
        if not self._grown:
            return np.tile(self._mean, (len(x), 1))
        return np.asarray(self._predictions(x).mean(axis=0), dtype=np.float64)

    def predict_std(self, x: Array) -> Array:
        """Return the standard deviation among the trees, (M, K)."""
        assert self._mean is not None, "predict before fit"
        if not self._grown:
            return np.zeros((len(x), len(self._mean)))
        return np.asarray(self._predictions(x).std(axis=0))

    def _predictions(self, x: Array) -> Array:
        """Return what every tree predicts, (trees, M, K)."""
        single = np.ascontiguousarray(x, dtype=np.float32)
        return np.stack([tree.predict(single).reshape(len(x), -1) for tree in self._grown])

    def complexity(self) -> float:
        """Count the nodes of all trees."""
        return 1.0 + sum(float(tree.node_count) for tree in self._grown)


def make(genes: Record, seed: int) -> Forest:
    """Make a forest from the genes `forest_trees` and `forest_depth`."""
    return Forest(int(genes["forest_trees"]), int(genes["forest_depth"]), seed)
