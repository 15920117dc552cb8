"""A Gaussian process (Rasmussen & Williams 2006, chapter 5): a linear kernel plus Matern 5/2.

Length scale, noise and the share of the genome in distances are chosen for each outcome from a
small grid by marginal likelihood; the variance of the signal follows in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt

from fitness.prediction.kernels import genome_columns, group_weights, squared_distances
from fitness.prediction.record_weights import roots, weighted_mean
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
LENGTHS = (0.7, 1.5, 4.0)  # two random records are at distance sqrt(2)
NOISES = np.array([0.003, 0.03, 0.1, 0.3, 1.0, 3.0])  # variance, as a share of the signal's
GENOME_SHARES = (0.1, 0.5)  # tried where there is something beside the genome


@dataclass(frozen=True)
class Posterior:
    """The process of one outcome, given N records: (K + noise I) = basis diag(spectrum) basis'."""

    evidence: float  # log marginal likelihood, up to a constant
    variance: float  # of the signal
    noise: float
    weights: Array  # (D,) of the columns
    length: float
    basis: Array  # (N, N)
    spectrum: Array  # (N,)
    answer: Array  # (N,), (K + noise I)^-1 y


class GaussianProcess:
    """One process per outcome, around its mean."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._posteriors: list[Posterior] = []

    def fit(self, x: Array, y: Array, weights: Array | None = None) -> None:
        """Learn from x (N, D), y (N, K); fewer than three records give the mean."""
        self._x, self._mean, self._deviation = x, weighted_mean(y, weights), y.std(axis=0)
        self._roots = roots(len(x), weights)  # noise is divided by what a record counts
        self._posteriors = []
        if len(x) < 3 or not x.var(axis=0).any():
            return
        genome = genome_columns(self._columns, x.shape[1])
        shares = GENOME_SHARES if 0 < genome.sum() < len(genome) else GENOME_SHARES[:1]
        found = []
        for share, length in product(shares, LENGTHS):
            scales = group_weights(x, genome, share)
            gram = _kernel(x, x, scales, length) * np.outer(self._roots, self._roots)
            spectrum, basis = np.linalg.eigh(gram)
            chosen = partial(_posterior, scales, length, basis, spectrum)
            found += [chosen(values) for values in ((y - self._mean) * self._roots[:, None]).T]
        outcomes = y.shape[1]
        self._posteriors = [
            max(found[k::outcomes], key=lambda posterior: posterior.evidence)
            for k in range(outcomes)
        ]

    def predict(self, x: Array) -> Array:
        """Predict (M, K) for x (M, D)."""
        if not self._posteriors:
            return np.tile(self._mean, (len(x), 1))
        deviations = [self._likeness(x, p) @ p.answer for p in self._posteriors]
        return np.asarray(np.column_stack(deviations) + self._mean)

    def predict_std(self, x: Array) -> Array:
        """Return the standard deviation of the truth, its noise included, (M, K)."""
        if not self._posteriors:
            return np.tile(self._deviation, (len(x), 1))
        columns = []
        for p in self._posteriors:
            likeness = self._likeness(x, p)
            known = ((likeness @ p.basis) ** 2 / p.spectrum).sum(axis=1)
            prior = 1.0 + x**2 @ p.weights
            columns.append(np.sqrt(p.variance * (np.maximum(prior - known, 0.0) + p.noise)))
        return np.column_stack(columns)

    def _likeness(self, x: Array, posterior: Posterior) -> Array:
        """Return the kernel (M, N) with the records, as far as these count."""
        kernel = _kernel(x, self._x, posterior.weights, posterior.length)
        return np.asarray(kernel * self._roots)

    def complexity(self) -> float:
        """Count the numbers that predictions of all outcomes use: the records, an answer each."""
        if not self._posteriors:
            return 1.0
        return float(1 + self._x.size + sum(len(p.answer) for p in self._posteriors))


def _kernel(a: Array, b: Array, weights: Array, length: float) -> Array:
    """Return the linear kernel plus Matern 5/2 of rows a (M, D) and b (N, D), (M, N)."""
    distance = np.sqrt(5.0 * squared_distances(a, b, weights)) / length
    matern = (1.0 + distance + distance**2 / 3.0) * np.exp(-distance)
    return np.asarray((a * weights) @ b.T + matern)


def _posterior(
    weights: Array, length: float, basis: Array, eigenvalues: Array, y: Array
) -> Posterior:
    """Choose the noise of highest evidence; the signal's variance maximises each (eq. 5.8)."""
    spectra = np.maximum(eigenvalues, 0.0) + NOISES[:, None]  # (noises, N)
    turned = basis.T @ y
    variances = np.maximum((turned**2 / spectra).mean(axis=1), 1e-12)
    evidences = -0.5 * (len(y) * np.log(variances) + np.log(spectra).sum(axis=1))
    best = int(np.argmax(evidences))
    spectrum = spectra[best]
    return Posterior(
        evidence=float(evidences[best]),
        variance=float(variances[best]),
        noise=float(NOISES[best]),
        weights=weights,
        length=length,
        basis=basis,
        spectrum=spectrum,
        answer=basis @ (turned / spectrum),
    )


def make(genes: Record, seed: int) -> GaussianProcess:
    """Make a process; nothing in it is random, and no gene but `columns` matters to it."""
    return GaussianProcess(tuple(genes["columns"]))
