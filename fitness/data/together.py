"""Brings the inputs of all splits to one type: the narrowest that keeps what train tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.inputs.columns import Columns
from fitness.data.streaming.inputs import Inputs, Streamed

Array = npt.NDArray[Any]
SHOWN = 5  # columns in a message
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


def alike(inputs: Mapping[str, Inputs]) -> tuple[dict[str, Inputs], tuple[str, ...]]:
    """Return the inputs of all splits as uint8, float32 or float64, and notes on what is lost.

    float64 stays only where float32 would lose a column of train, or overflow. Raises
    UnusableData for splits that differ in shape, or in that some are bytes. Streamed inputs have
    one type already.
    """
    train = inputs["train"]
    for name, x in inputs.items():
        if x.shape[1:] != train.shape[1:]:
            raise UnusableData(
                f"{name} inputs have shape {x.shape[1:]}, those of train {train.shape[1:]}"
            )
        if (x.dtype == np.uint8) != (train.dtype == np.uint8):
            raise UnusableData(
                f"{name} inputs have type {x.dtype}, those of train {train.dtype}; are they on "
                "the same scale? Give all as bytes (0 to 255), or all as floating numbers"
            )
    arrays = {name: x for name, x in inputs.items() if not isinstance(x, Streamed)}
    if train.dtype == np.uint8 or len(arrays) < len(inputs):
        return dict(inputs), ()
    return _narrowed(arrays)


def _narrowed(inputs: Mapping[str, Array]) -> tuple[dict[str, Inputs], tuple[str, ...]]:
    train = inputs["train"]
    columns, kind = Columns.of(train, fill=_known(train)), str(train.dtype)
    lost, in_float32 = columns.lost_in(kind), columns.lost_in("float32")
    if kind == "float32":
        lost = sorted({*lost, *columns.barely_varying()})
    notes = [_lost(lost, kind)] if lost else []
    beyond = any(bool((np.abs(x) > LARGEST_FLOAT32).any()) for x in inputs.values())
    precise = beyond or (kind == "float64" and bool(in_float32))
    if precise:
        named = _named(in_float32)
        notes.append(f"float32 cannot carry {named}: they are kept and normalised in float64")
    common = np.float64 if precise else np.float32
    return {name: x.astype(common, copy=False) for name, x in inputs.items()}, tuple(notes)


def _known(x: Array) -> Array | None:
    """Return a known value of each column (F,) for where others are missing; None if none is."""
    lacking = np.isnan(x) if x.ndim == 2 else np.zeros(1, dtype=np.bool_)
    if not lacking.any():
        return None
    first: Array = x[lacking.argmin(axis=0), np.arange(x.shape[1])].astype(np.float64)
    return np.where(np.isnan(first), 0.0, first)


def check_tokens(inputs: Mapping[str, Inputs], tokens: int) -> None:
    """Raise UnusableData unless the inputs of all splits are whole numbers below `tokens`."""
    for name, x in inputs.items():
        if isinstance(x, Streamed):
            raise UnusableData(f"received tokens of {name} as a stream; they have to be an array")
        if x.ndim != 2 or not np.array_equal(x, np.round(x)) or x.min() < 0 or x.max() >= tokens:
            raise UnusableData(
                f"received inputs of {name} of shape {x.shape} from {x.min():g} to {x.max():g}, "
                f"expected tokens (N, length), whole numbers from 0 to {tokens - 1}"
            )


def _lost(columns: list[int], kind: str) -> str:
    better = "give them as float64, or " if kind == "float32" else ""
    return (
        f"{_named(columns)}: {kind} rounds away what tells the examples apart, so far from zero; "
        f"{better}subtract a fixed number first"
    )


def _named(columns: list[int]) -> str:
    listed = ", ".join(map(str, columns[:SHOWN])) + (", ..." if len(columns) > SHOWN else "")
    return f"inputs {listed} (counted from 0)" if columns else "the largest inputs"
