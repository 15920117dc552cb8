"""Turns what a user hands over as inputs or labels into plain NumPy arrays, once.

Lists, tables and tensors are taken; byte order, strides and read-only memory are put right; what
can only mean one thing is accepted, and a note says how. Everything else is an error that says
what to do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.genes.errors import BadInput

Array = npt.NDArray[Any]
# Types of which float32 keeps every value.
EXACT_IN_FLOAT32 = (np.bool_, np.int8, np.int16, np.uint16, np.float16, np.float32)
SHAPES = "(N, features), (N, height, width) or (N, channels, height, width)"
SIGNALS = "(N, channels, length) or (N, length)"
TABLE = "table"
# Of inputs: what their shape says, sequences of numbers, or rows of a table.
KINDS = ("arrays", "signals", TABLE)
COLOURS = (1, 3, 4)  # channels of grey, colour, and colour with transparency


class UnusableData(BadInput):
    """Data that cannot be used as they are; the message says what was received and what to do."""


def as_inputs(given: Any, kind: str = "arrays") -> tuple[Array, tuple[str, ...]]:
    """Return inputs (N, features) or (N, channels, height, width), and notes on what was changed.

    Their type is uint8, float32 where that keeps every value, else float64. Of kind `signals` they
    are (N, channels, length), and never bytes: noise and scaling would be cut to these.
    Of kind `table` they are (N, columns), and NaN stands for what is missing.
    """
    if kind not in KINDS:
        raise UnusableData(f"received inputs of kind {kind!r}, expected {' or '.join(KINDS)}")
    x = as_array(given, "inputs")
    if x.dtype.kind in "mM":
        raise UnusableData(
            f"received inputs of type {x.dtype}, expected numbers; give times as seconds: "
            "x.astype('datetime64[s]').astype(float)"
        )
    if x.dtype.kind not in "biuf":
        raise UnusableData(f"received inputs of type {x.dtype}, expected numbers")
    x, notes = (_signals(x), ()) if kind == "signals" else _shaped(x)
    if x.dtype != np.uint8 or kind == "signals":
        exact = x.dtype.type in (np.uint8, *EXACT_IN_FLOAT32)
        x = x.astype(np.float32 if exact else np.float64, copy=False)
    infinite = kind == TABLE  # alone: NaN is what is missing
    if x.dtype.kind == "f" and not (usable := ~np.isinf(x) if infinite else np.isfinite(x)).all():
        bad = int(np.count_nonzero(~usable))
        what = "infinite" if infinite else "NaN or infinite"
        raise UnusableData(f"received {bad:,} inputs that are {what}; fill or drop them")
    return plain_layout(x), notes


def as_array(given: Any, what: str) -> Array:
    """Return anything that holds numbers or texts as an array; of `what`, for messages."""
    if hasattr(given, "detach"):  # a tensor of torch
        given = given.float() if "bfloat16" in str(given.dtype) else given
        given = given.to_dense().numpy(force=True)
    elif hasattr(given, "toarray"):
        raise UnusableData(f"received {what} as a sparse matrix; give x.toarray()")
    elif np.ma.isMaskedArray(given) and np.ma.is_masked(given):
        raise UnusableData(f"received {what} with masked values; fill them: x.filled(0)")
    elif hasattr(given, "to_numpy"):  # a table or column of pandas or polars
        given = _of_table(given, what)
    try:
        array = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise UnusableData(
            f"received {what} that make no array ({error}); do all examples have the same shape?"
        ) from None
    return _without_objects(array, given, what)


def plain_layout(x: Array) -> Array:
    """Return an array in C order, native byte order and memory that can be written to.

    Strides of axes of length one are the usual ones, too: torch chooses kernels by them.
    """
    strides = [x.itemsize * int(np.prod(x.shape[axis + 1 :])) for axis in range(x.ndim)]
    usual = x.strides == tuple(strides) and x.flags.aligned and x.flags.writeable
    if usual and x.dtype.isnative:
        return x
    return np.array(x, dtype=x.dtype.newbyteorder("="), order="C", copy=True)


def _of_table(table: Any, what: str) -> Array:
    """Return a table's values; say which columns hold no numbers."""
    array: Array = table.to_numpy()
    if array.ndim == 2 and array.dtype == object:
        columns = [str(name) for name in table.columns]
        bad = [name for name, values in zip(columns, array.T, strict=True) if not _numbers(values)]
        if bad:
            raise UnusableData(
                f"received {what} as a table whose columns {', '.join(bad[:5])} hold no numbers "
                f"({len(bad)} of {len(columns)}); encode, fill or drop them"
            )
        array = array.astype(np.float64)
    return array


def _without_objects(array: Array, given: Any, what: str) -> Array:
    """Return an array of Python objects as one of numbers or texts, if all are the same."""
    if array.dtype != object:
        return array
    values = array.ravel().tolist()
    if array.ndim and all(isinstance(value, str) for value in values):
        return array.astype(np.str_)
    if array.ndim and values and _numbers(array.ravel()):
        return np.array(values).reshape(array.shape)
    kinds = sorted({type(value).__name__ for value in values[:1000]})
    received = type(given).__name__ if not array.ndim else f"an array of {', '.join(kinds)}"
    raise UnusableData(f"received {what} as {received}, expected an array of one kind of values")


def _numbers(values: Array) -> bool:
    return all(isinstance(value, int | float | np.number | np.bool_) for value in values)


def _signals(x: Array) -> Array:
    """Return signals (N, channels, length); a single channel may do without its axis."""
    if x.ndim not in (2, 3) or not x.size:
        raise UnusableData(f"received signals of shape {x.shape}, expected {SIGNALS}")
    return x[:, None] if x.ndim == 2 else x


def _shaped(x: Array) -> tuple[Array, tuple[str, ...]]:
    """Put the channels first; a grey image may do without any."""
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim not in (2, 4) or not x.size:
        hint = "; if each example is one number: x.reshape(-1, 1)" if x.ndim == 1 else ""
        raise UnusableData(f"received inputs of shape {x.shape}, expected {SHAPES}{hint}")
    if x.ndim == 4 and x.shape[3] in COLOURS and x.shape[1] not in COLOURS:
        height, width, channels = x.shape[1:]
        note = (
            f"images of shape {height} x {width} x {channels} have their channels last: they are "
            f"taken as {channels} x {height} x {width}, as x.transpose(0, 3, 1, 2) does. Networks "
            "that are handed over expect the channels first"
        )
        return x.transpose(0, 3, 1, 2), (note,)
    return x, ()
