"""Fits a network's input normalisation on a task's train split, and on nothing else."""

from __future__ import annotations

import math

import numpy as np

from fitness.data.columns import Columns
from fitness.data.streaming.inputs import Streamed
from fitness.data.task import Task
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization

DIGITS = 6  # of a standard deviation, and of a mean as seen from there
UNSCALED = 1e4  # constants up to this size keep their scale


def interface_of(task: Task) -> Interface:
    """Return what a network for a task has to fit."""
    return Interface(task.input_shape, task.target.outputs, fit(task))


def fit(task: Task) -> Normalization:
    """Return mean and standard deviation per channel, or per feature where inputs are vectors.

    What is constant in train keeps its scale (standard deviation 1), unless it is very large.
    Rounded, so that the order of a sum, which differs between machines, leaves no trace.
    """
    x = task.train.x
    columns = Columns.of(x.sample() if isinstance(x, Streamed) else x)
    size = np.abs(columns.mean)
    constant = np.where(size > UNSCALED, size, 1.0)
    deviation = np.where(columns.constant, constant, columns.deviation).tolist()
    return Normalization(
        tuple(_rounded(m, s) for m, s in zip(columns.mean.tolist(), deviation, strict=True)),
        tuple(_rounded(s, s) for s in deviation),
    )


def _rounded(value: float, scale: float) -> float:
    """Round to six digits, to more if these would be coarse on the scale that counts."""
    further = math.log10(abs(value)) - math.log10(scale) if value else 0.0
    return float(f"{value:.{min(17, DIGITS + max(0, math.ceil(further - 0.5)))}g}")
