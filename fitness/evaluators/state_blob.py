"""A user's checkpoint as bytes: a tree of JSON whose arrays lie beside it, never pickled.

The bytes are safetensors with one metadata entry, the JSON; so they are read without running code.
What is packed comes back equal and of the same type, at whatever depth, or is refused by name.
"""

from __future__ import annotations

import json
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from fitness.evaluators.state_arrays import Bytes, describe_array, rebuilt_array

METADATA = "evo.state.2"
ALLOWED = (
    "None, bool, int, float, complex, str, bytes, numpy arrays and scalars, torch tensors, and "
    "lists, tuples, sets and dicts of these. Keep an object's own state, as state_dict() gives it"
)
LARGEST = 2**63  # ints beyond are written in hexadecimal, of which no number of digits is too long
# Containers by the word that stands for them: how to take them apart, and to put them together.
SEQUENCES: Mapping[str, Callable[[list[Any]], Any]] = {
    "list": list, "tuple": tuple, "set": set, "frozenset": frozenset,
}  # fmt: skip
MAPPINGS: Mapping[str, Callable[[list[Any]], Any]] = {
    "dict": dict, "OrderedDict": OrderedDict, "Counter": lambda pairs: Counter(dict(pairs)),
}  # fmt: skip


class UnkeptState(ValueError):
    """A checkpoint holds what cannot be kept; the message says where, and of what type."""


def pack_state(state: Any) -> bytes:
    """Return the state as bytes; raise `UnkeptState` naming what cannot be kept."""
    arrays: dict[str, Bytes] = {}
    try:
        tree = _Packing(arrays).tree(state, "checkpoint")
        text = json.dumps(tree)
    except RecursionError:
        raise UnkeptState("checkpoint is nested too deeply to be kept") from None
    return safetensors.numpy.save(arrays, {METADATA: text})


def unpack_state(blob: bytes) -> Any:
    """Return what was packed; raise ValueError for bytes that are damaged or something else."""
    try:
        (length,) = struct.unpack("<Q", blob[:8])
        tree = json.loads(json.loads(blob[8 : 8 + length])["__metadata__"][METADATA])
        return _rebuilt(tree, safetensors.numpy.load(blob))
    except (
        struct.error, ValueError, KeyError, TypeError, IndexError, AttributeError, SafetensorError
    ) as error:  # fmt: skip
        raise ValueError(f"the checkpoint is damaged or no checkpoint ({error})") from None


class _Packing:
    """Turns values into JSON: plain ones as they are, others as a list that begins with a word."""

    def __init__(self, arrays: dict[str, Bytes]) -> None:
        self.arrays = arrays
        self.around: list[int] = []  # ids of the containers in which we are

    def tree(self, value: Any, path: str) -> Any:
        """Return JSON for a value; put its arrays aside."""
        kind = type(value)
        if value is None or kind in (bool, str, float):
            return value
        if kind is int:
            return value if abs(value) < LARGEST else ["int", hex(value)]
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind in (bytes, bytearray):
            return [kind.__name__, self._aside(np.frombuffer(value, dtype=np.uint8))]
        if kind.__name__ == "Size" and kind.__module__ == "torch":
            return ["Size", list(value)]
        if kind in (list, tuple, set, frozenset, dict, OrderedDict, Counter):
            return self._container(value, kind.__name__, path)
        try:
            described = describe_array(value)
        except ValueError as error:
            raise UnkeptState(f"{path} is of type {_full_name(kind)} and {error}") from None
        if described is None:
            raise UnkeptState(f"{path} is of type {_full_name(kind)}; what can be kept: {ALLOWED}")
        raw, words = described
        return [words[0], self._aside(raw), *words[1:]]

    def _container(self, value: Any, word: str, path: str) -> list[Any]:
        if id(value) in self.around:
            raise UnkeptState(f"{path} contains itself")
        self.around.append(id(value))
        if word in MAPPINGS:
            inner = [
                [self.tree(key, f"{path}, key {key!r},"), self.tree(item, f"{path}[{key!r}]")]
                for key, item in value.items()
            ]
        else:
            items = sorted(value, key=repr) if word in ("set", "frozenset") else value
            inner = [self.tree(item, f"{path}[{place}]") for place, item in enumerate(items)]
        words = [word, inner]
        if word == "OrderedDict" and vars(value):  # so torch's state_dict keeps its `_metadata`
            words.append(self.tree(vars(value), f"{path}.__dict__"))
        self.around.pop()
        return words

    def _aside(self, raw: Bytes) -> str:
        name = str(len(self.arrays))
        self.arrays[name] = raw
        return name


def _rebuilt(tree: Any, arrays: Mapping[str, Bytes]) -> Any:
    if not isinstance(tree, list):
        return tree
    word, first, *rest = tree
    if word in SEQUENCES:
        return SEQUENCES[word]([_rebuilt(item, arrays) for item in first])
    if word in MAPPINGS:
        found = MAPPINGS[word]([(_rebuilt(k, arrays), _rebuilt(v, arrays)) for k, v in first])
        if rest:
            vars(found).update(_rebuilt(rest[0], arrays))
        return found
    if word == "int":
        return int(first, 16)
    if word == "complex":
        return complex(first, *rest)
    if word == "Size":
        import torch

        return torch.Size(first)
    if word in ("bytes", "bytearray"):
        raw = arrays[first].tobytes()
        return raw if word == "bytes" else bytearray(raw)
    return rebuilt_array(arrays[first], [word, *rest])


def _full_name(kind: type) -> str:
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"
