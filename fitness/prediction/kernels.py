"""How alike two males are, for predictors that work by likeness: products and distances.

Columns called `genome.*` are one group and all others another: a few columns of a learning curve
must not drown among a hundred one-hot ones. Inputs are standardised columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def genome_columns(names: Sequence[str], width: int) -> Mask:
    """Mark the columns of the genome, (width,); all of them where `names` is of other length."""
    if len(names) != width:
        return np.ones(width, dtype=bool)
    return np.array([name.startswith("genome.") for name in names], dtype=bool)


class Products:
    """The inner product of centred columns; if `pairwise`, also of all products of two of them.

    Pairs are taken within the genome, by the kernel trick: (x . z)^2 is the inner product of all
    products of two columns, none of which is ever written down. They weigh together as much as
    the columns themselves.
    """

    def __init__(self, x: Array, genome: Mask, pairwise: bool) -> None:
        self._mean = x.mean(axis=0)
        self._x = x - self._mean
        self._genome = genome if pairwise else np.zeros_like(genome)
        self._weight = 1.0 / max(1.0, float(self._x[:, self._genome].var(axis=0).sum()))
        self._pairs = self._paired(self._x)  # (N, N)
        self.gram = self._combined(self._x, self._pairs)

    def __call__(self, z: Array) -> Array:
        """Return the products (M, N) of z (M, D) with the records learnt from."""
        z = z - self._mean
        return self._combined(z, self._paired(z))

    def complexity(self) -> float:
        """Count the numbers that a prediction uses: coefficients, or with pairs the records."""
        rows, columns = self._x.shape
        return float(1 + (rows * (columns + 1) if self._genome.any() else columns))

    def _paired(self, z: Array) -> Array:
        return np.asarray(self._weight * (z[:, self._genome] @ self._x[:, self._genome].T) ** 2)

    def _combined(self, z: Array, pairs: Array) -> Array:
        """Add the two, the products of columns centred over the records learnt from."""
        centred = pairs - pairs.mean(axis=1, keepdims=True) - self._pairs.mean(axis=0)
        return np.asarray(z @ self._x.T + centred + self._pairs.mean())


def squared_distances(a: Array, b: Array, weights: Array) -> Array:
    """Return the weighted squared distances (M, N) of rows a (M, D) and b (N, D)."""
    scale = np.sqrt(weights)
    a, b = a * scale, b * scale
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2.0 * (a @ b.T)
    return np.asarray(np.maximum(squares, 0.0))


def group_weights(x: Array, genome: Mask, genome_share: float) -> Array:
    """Weigh columns so that the genome makes `genome_share` of the mean squared distance in x.

    Where only one group varies it makes all of it; two random records are at distance two.
    """
    variance = x.var(axis=0)
    totals = {group: float(variance[genome == group].sum()) for group in (True, False)}
    if min(totals.values()) < 1e-9:
        total = sum(totals.values())
        return np.full(x.shape[1], 1.0 / total if total > 1e-9 else 0.0)
    weights = np.where(genome, genome_share / totals[True], (1 - genome_share) / totals[False])
    return np.asarray(weights)
