"""What is usual of a task's inputs: the units in which corruptions and attacks are measured.

All of it is read from training data, so a corruption is as strong for one test input as for many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fitness.data.inputs.table_column import Column, numbers_of
from fitness.data.streaming.inputs import Inputs, Streamed

Array = npt.NDArray[Any]
Kind = Literal["images", "signals", "rows"]
KIND_OF: dict[int, Kind] = {4: "images", 3: "signals", 2: "rows"}


@dataclass(frozen=True)
class InputFacts:
    """Range, mean and deviation of inputs; arrays that fit one input.

    Of images the range is one for all channels; of signals each channel has its own, (C, 1); of
    rows each of the N numbers, which come first, (N,). Rows go on with categories, of which
    `codes` says how many codes each knows; `medians` (N,) stand for numbers that are missing where
    training data never lacked any, and `lacking` (N,) says where they did.
    """

    kind: Kind
    low: Array
    high: Array
    mean: Array
    deviation: Array
    codes: tuple[int, ...] = ()
    medians: Array | None = None
    lacking: Array | None = None

    @property
    def range(self) -> Array:
        """Highest minus lowest value."""
        found: Array = self.high - self.low
        return found

    @property
    def numbers(self) -> int:
        """How many columns of rows are numbers."""
        return len(self.mean)

    def within(self, x: Array) -> Array:
        """Cut inputs (N, ...) to the range: a pixel or a recorder has no values beyond."""
        return np.clip(x, self.low, self.high).astype(x.dtype)


def facts_of(x: Inputs, columns: tuple[Column, ...] = ()) -> InputFacts:
    """Return the facts of training inputs (N, ...), of a table with its columns."""
    known = as_floats(x.sample() if isinstance(x, Streamed) else x)
    kind = KIND_OF[known.ndim]
    if kind == "rows":
        return _of_rows(known, columns)
    axes, every = ((0, *range(2, known.ndim)), tuple(range(known.ndim)))
    spread = every if kind == "images" else axes
    shape = (-1, *[1] * (known.ndim - 2))
    return InputFacts(
        kind,
        *(end(known, axis=spread).reshape(() if kind == "images" else shape) for end in ENDS),
        *(moment(known, axis=axes).reshape(shape) for moment in (np.mean, np.std)),
    )


ENDS = (np.min, np.max)


def as_floats(x: Array) -> Array:
    """Return inputs as floating numbers; bytes become float32."""
    return x if x.dtype.kind == "f" else x.astype(np.float32)


def _of_rows(x: Array, columns: tuple[Column, ...]) -> InputFacts:
    count = numbers_of(columns) if columns else x.shape[1]
    numbers = x[:, :count].astype(np.float64)
    filled = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)  # of columns that know nothing
    return InputFacts(
        "rows",
        np.nanmin(filled, axis=0),
        np.nanmax(filled, axis=0),
        np.nanmean(filled, axis=0),
        np.nanstd(filled, axis=0),
        tuple(len(column.categories) for column in columns[count:]),
        np.nanmedian(filled, axis=0),
        np.asarray(np.isnan(numbers).any(axis=0)),
    )
