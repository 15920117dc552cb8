"""Statistics of inputs by channel or feature, in float64, and what float32 keeps of them.

Two passes over the raw data: the textbook's one-pass formula cancels for features far from zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from genomes.graph.normalization import COARSEST

CHUNK = 4096  # examples; bounds the float64 copies to some 25 MB for 28x28 images
NOISE = 1.0  # roundings of the largest value, within which a column is constant

Inputs = npt.NDArray[np.generic]
Column = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Mean, standard deviation and largest size of each channel or feature (C,).

    `constant` are those that do not vary beyond the rounding of their type.
    """

    mean: Column
    deviation: Column
    largest: Column
    constant: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, x: Inputs, fill: Column | None = None) -> Columns:
        """Measure inputs (N, C, ...); `fill` (C,) counts where they are NaN."""
        count = x.size // x.shape[1]
        largest = np.maximum.reduce([np.abs(rows).max(axis=0) for rows in _chunks(x, fill)])
        exponent = np.frexp(largest)[1]  # powers of two, so that no square leaves float64
        origin = np.ldexp(next(_chunks(x[:1], fill))[0], -exponent)

        def scaled() -> Iterator[Column]:
            return (np.ldexp(rows, -exponent) for rows in _chunks(x, fill))

        mean = origin + sum((rows - origin).sum(axis=0) for rows in scaled()) / count
        variance = sum(((rows - mean) ** 2).sum(axis=0) for rows in scaled()) / count
        deviation = np.sqrt(variance)
        rounding = float(np.finfo(str(x.dtype)).eps) if x.dtype.kind == "f" else 0.0
        constant = deviation <= NOISE * rounding
        return cls(np.ldexp(mean, exponent), np.ldexp(deviation, exponent), largest, constant)

    def lost_in(self, kind: str) -> list[int]:
        """Name the columns whose variation drowns in the rounding of a type, or leaves its range.

        None of the constant ones: there is nothing to lose.
        """
        numbers = np.finfo(kind)
        varying = np.where(self.constant, np.inf, self.deviation)
        coarse = self.largest * float(numbers.eps) / 2 > COARSEST * varying
        tiny = varying < float(numbers.smallest_normal) / float(numbers.eps)
        huge = self.largest > float(numbers.max) / 1e9
        return np.flatnonzero(coarse | tiny | huge).tolist()

    def barely_varying(self) -> list[int]:
        """Name the columns that vary, but by no more than rounding: they count as constant."""
        return np.flatnonzero(self.constant & (self.deviation > 0)).tolist()


def _chunks(x: Inputs, fill: Column | None) -> Iterator[Column]:
    """Yield float64 blocks (rows, channels or features): each pixel or time is a row."""
    for start in range(0, len(x), CHUNK):
        block = np.moveaxis(x[start : start + CHUNK], 1, -1)
        rows = block.reshape(-1, x.shape[1]).astype(np.float64)
        yield rows if fill is None else np.where(np.isnan(rows), fill, rows)
