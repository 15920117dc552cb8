"""Exact duplicates among the inputs: found by a hash of each example's bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Duplicates:
    """Examples that are there already, by split: earlier in it, or in a split named before it.

    `across` has keys such as "test in train". `contradictory` counts examples of any split whose
    like in train has another label.
    """

    within: Mapping[str, int]
    across: Mapping[str, int]
    contradictory: int


def hashes(x: Array) -> Hashes:
    """Return a number for each example (N,), equal for equal inputs."""
    plain = x + 0.0 if x.dtype.kind == "f" else x  # -0.0 equals 0.0
    rows = np.ascontiguousarray(plain).reshape(len(x), -1)
    digests = b"".join(blake2b(row.data, digest_size=8).digest() for row in rows)
    return np.frombuffer(digests, dtype=np.uint64)


def first_alike(x: Array) -> npt.NDArray[np.intp]:
    """Return for each example the place of the first one that equals it (N,)."""
    return first_equal(hashes(x))


def first_equal(keys: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return for each of (N,) the place of the first one that equals it."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return first[inverse]


def find_duplicates(inputs: Mapping[str, Array], labels: Mapping[str, Array]) -> Duplicates:
    """Count exact duplicates within and across splits, in the order of the mapping."""
    keys = {name: hashes(x) for name, x in inputs.items()}
    names = list(keys)
    within = {name: len(key) - len(np.unique(key)) for name, key in keys.items()}
    across = {
        f"{later} in {earlier}": int(np.isin(keys[later], keys[earlier]).sum())
        for at, earlier in enumerate(names)
        for later in names[at + 1 :]
    }
    known: dict[int, int] = {}
    for key, label in zip(keys[names[0]].tolist(), labels[names[0]].tolist(), strict=True):
        known.setdefault(key, label)
    contradictory = sum(
        known.get(key, label) != label
        for name in names
        for key, label in zip(keys[name].tolist(), labels[name].tolist(), strict=True)
    )
    return Duplicates(within, across, contradictory)
