"""Fits what networks have to know of the columns of a table on rows of the train split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.inputs.columns import Columns
from fitness.data.inputs.table_column import Column, numbers_of
from fitness.data.inputs.telling_cuts import telling_cuts
from genomes.graph.normalization import Normalization
from genomes.graph.table_inputs import INTERVALS, TableInputs

DIGITS = 6  # of a deviation, and of a mean as seen from there
UNSCALED = 1e4  # constants up to this size keep their scale
LEVELS = np.linspace(0.0, 1.0, INTERVALS + 1)
# Pairs of quantiles whose distance is a column's spread: the quartiles, else the next that differ.
PAIRS = tuple((at, INTERVALS - at) for at in range(INTERVALS // 4, -1, -1))
NORMAL = NormalDist()

Inputs = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]


def fit_table(x: Inputs, columns: Sequence[Column], encoded: Inputs | None = None) -> TableInputs:
    """Return scales, quantiles and what is missing of rows (N, F) of train.

    With `encoded` targets (N,) of classes or (N, K) of numbers, cuts that tell of them, too.
    """
    count = numbers_of(columns)
    codes = tuple(len(column.categories) + 1 for column in columns[count:])
    if not count:
        return TableInputs(None, None, categories=codes)
    known = [_quantiles(x[:, place]) for place in range(count)]
    medians = np.array([row[INTERVALS // 2] for row in known])
    standard = normalization(Columns.of(x[:, :count], fill=medians))
    spreads = [_spread(row, place) for row, place in zip(known, standard.std, strict=True)]
    robust = Normalization(
        tuple(rounded(m, s) for m, s in zip(medians.tolist(), spreads, strict=True)),
        tuple(rounded(s, s) for s in spreads),
    )
    return TableInputs(
        standard,
        robust,
        tuple(_scaled(row, *at) for row, *at in zip(known, robust.mean, robust.std, strict=True)),
        tuple(np.flatnonzero(np.isnan(x[:, :count]).any(axis=0)).tolist()),
        codes,
        () if encoded is None else telling_cuts(x[:, :count], robust, encoded),
    )


def normalization(columns: Columns) -> Normalization:
    """Return mean and deviation of each column; rounded, so that machines agree.

    What is constant keeps its scale (deviation 1), unless it is very large.
    """
    size = np.abs(columns.mean)
    constant = np.where(size > UNSCALED, size, 1.0)
    deviation = np.where(columns.constant, constant, columns.deviation).tolist()
    return Normalization(
        tuple(rounded(m, s) for m, s in zip(columns.mean.tolist(), deviation, strict=True)),
        tuple(rounded(s, s) for s in deviation),
    )


def rounded(value: float, scale: float) -> float:
    """Round to six digits, to more if these would be coarse on the scale that counts."""
    further = math.log10(abs(value)) - math.log10(scale) if value else 0.0
    return float(f"{value:.{min(17, DIGITS + max(0, math.ceil(further - 0.5)))}g}")


def _quantiles(column: Inputs) -> Numbers:
    """Return the quantiles of what is known of a column (N,); zeros where nothing is."""
    known = column[~np.isnan(column)].astype(np.float64)
    if not len(known):
        return np.zeros(len(LEVELS))
    found: Numbers = np.quantile(known, LEVELS)
    return np.maximum.accumulate(found)


def _spread(known: Numbers, deviation: float) -> float:
    """Return the distance of two quantiles, over that of the same two of a normal distribution."""
    for low, high in PAIRS:
        distance = float(known[high] - known[low])
        if 0.0 < distance < math.inf:
            level = max(low, 0.5) / INTERVALS
            return distance / (-2.0 * NORMAL.inv_cdf(level))
    return deviation


def _scaled(known: Numbers, median: float, spread: float) -> tuple[float, ...]:
    scaled = ((known - median) / spread).tolist()
    return tuple(np.maximum.accumulate([float(f"{q:.{DIGITS}g}") for q in scaled]).tolist())
