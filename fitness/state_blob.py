"""A user's checkpoint as bytes: plain JSON data whose arrays lie beside it, never pickled.

The bytes are safetensors with one metadata entry, the JSON; so they are read without running code.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

METADATA = "evo"
ARRAY, BYTES = "__array__", "__bytes__"  # mark an entry whose content is an array
ALLOWED = (
    "None, bool, int, float, str, bytes, numpy arrays and torch tensors of numbers, and lists, "
    "tuples and dicts with str keys of these"
)


def pack_state(state: Any) -> bytes:
    """Return the state as bytes; raise ValueError naming what cannot be kept.

    Tuples are read back as lists, tensors as numpy arrays.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    tree = _plain(state, arrays, "checkpoint")
    text = json.dumps(tree, sort_keys=True)
    return safetensors.numpy.save(arrays, {METADATA: text})


def unpack_state(blob: bytes) -> Any:
    """Return what was packed; raise ValueError for bytes that are damaged or something else."""
    try:
        (length,) = struct.unpack("<Q", blob[:8])
        tree = json.loads(json.loads(blob[8 : 8 + length])["__metadata__"][METADATA])
        arrays = safetensors.numpy.load(blob)
        return _rebuilt(tree, arrays)
    except (struct.error, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ValueError(f"the checkpoint is damaged or no checkpoint ({error})") from None


def _plain(value: Any, arrays: dict[str, np.ndarray[Any, Any]], path: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()
    if isinstance(value, list | tuple):
        return [_plain(item, arrays, f"{path}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict) and not {ARRAY, BYTES} & set(value):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"{path} has the key {key!r}; expected str")
        return {key: _plain(item, arrays, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, bytes):
        return {BYTES: _enter(np.frombuffer(value, dtype=np.uint8), arrays)}
    array = _as_array(value)
    if array is None or array.dtype.kind not in "biuf":
        raise ValueError(f"{path} is of type {type(value).__name__}; what can be kept: {ALLOWED}")
    return {ARRAY: _enter(array, arrays)}


def _as_array(value: Any) -> np.ndarray[Any, Any] | None:
    if hasattr(value, "detach"):  # a torch tensor; torch itself is not needed here
        value = value.detach().cpu().numpy()
    return value if isinstance(value, np.ndarray) else None


def _enter(array: np.ndarray[Any, Any], arrays: dict[str, np.ndarray[Any, Any]]) -> str:
    name = str(len(arrays))
    native = array.astype(array.dtype.newbyteorder("="), order="C", copy=True)
    arrays[name] = native.reshape(array.shape)
    return name


def _rebuilt(tree: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(tree, list):
        return [_rebuilt(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if ARRAY in tree:
        return arrays[tree[ARRAY]].copy()  # writable
    if BYTES in tree:
        return arrays[tree[BYTES]].tobytes()
    return {key: _rebuilt(item, arrays) for key, item in tree.items()}


def finite(value: Any) -> bool:
    """Tell whether a value is a finite number."""
    number = isinstance(value, int | float | np.integer | np.floating)
    return number and not isinstance(value, bool) and math.isfinite(value)
