"""Fits a network's input normalisation on a task's train split, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fitness.task import Task
from genomes.normalization import Normalization

CHUNK = 4096  # examples; bounds the float64 copies to some 25 MB for 28x28 images


def fit(task: Task) -> Normalization:
    """Return mean and standard deviation per channel, or per feature where inputs are vectors.

    What is constant in train keeps its scale (standard deviation 1). Rounded to six significant
    digits, so that the order of a sum, which differs between machines, leaves no trace.
    """
    x = task.train.x
    count = x.size // x.shape[1]
    # Two passes: the textbook's one-pass formula cancels for features far from zero.
    mean = sum(rows.sum(axis=0) for rows in _chunks(x)) / count
    variance = sum(((rows - mean) ** 2).sum(axis=0) for rows in _chunks(x)) / count
    std = np.sqrt(variance)
    constant = std <= 1e-6 * np.maximum(np.abs(mean), 1e-12)
    return Normalization(_rounded(mean), _rounded(np.where(constant, 1.0, std)))


def _chunks(x: npt.NDArray[np.generic]) -> Iterator[npt.NDArray[np.float64]]:
    """Yield float64 blocks (rows, channels or features): of images, each pixel is a row."""
    for start in range(0, len(x), CHUNK):
        block = np.moveaxis(x[start : start + CHUNK], 1, -1)
        yield block.reshape(-1, x.shape[1]).astype(np.float64)


def _rounded(values: npt.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in values)
