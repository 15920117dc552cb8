"""Near duplicates among pictures: a difference hash finds them, their thumbnails are compared.

The hash has a bit for each of 8 x 8 neighbours, whether the right one is brighter (N. Krawetz
2013, "Kind of like that"). Pictures whose hashes share a quarter of the bits are candidates;
large plain areas share bits without being alike, so the thumbnails decide. This counts, for
people; it decides nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
ROWS, COLUMNS = 8, 9
CHUNK = 4096  # pictures averaged at a time
ALIKE = 0.02  # mean difference of thumbnails, as a share of the range of all of them
COMPARED = 12  # pictures with the same quarter of bits, with which a further one is compared


def near_duplicates(
    small: npt.NDArray[np.float32], splits: Array, exact: npt.NDArray[np.integer]
) -> dict[str, int]:
    """Count examples that nearly equal an earlier one, by split: `test in train`, or `train`.

    `small` are thumbnails, `splits` names (N,), and `exact` the place of the first example that
    equals each: exact duplicates count as one.
    """
    first = np.unique(exact)
    found: dict[str, int] = {}
    for later, earlier in _near(small[first]).items():
        here, there = str(splits[first[later]]), str(splits[first[earlier]])
        key = here if here == there else f"{here} in {there}"
        found[key] = found.get(key, 0) + 1
    return found


def thumbnails(x: Array, order: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
    """Return mean grey values (N, 8, 9) of those pictures of (M, C, H, W), in their order."""
    small = np.empty((len(order), ROWS, COLUMNS), dtype=np.float32)
    for start in range(0, len(order), CHUNK):
        small[start : start + CHUNK] = _averaged(x[order[start : start + CHUNK]])
    return small


def _averaged(x: Array) -> npt.NDArray[np.float32]:
    grey = x.mean(axis=1, dtype=np.float32)
    for axis, count in ((1, ROWS), (2, COLUMNS)):
        side = grey.shape[axis]
        if side < count:
            grey = grey.take(np.arange(count) * side // count, axis=axis)
            continue
        starts = np.arange(count) * side // count
        sizes = np.diff(np.append(starts, side)).astype(np.float32)
        shape = (1, count, 1) if axis == 1 else (1, 1, count)
        grey = np.add.reduceat(grey, starts, axis=axis) / sizes.reshape(shape)
    thumbnail: npt.NDArray[np.float32] = grey.astype(np.float32, copy=False)
    return thumbnail


def _near(small: npt.NDArray[np.float32]) -> dict[int, int]:
    """Return for each example that is like an earlier one that one."""
    bits = (small[:, :, 1:] > small[:, :, :-1]).reshape(len(small), -1)
    bands = np.packbits(bits, axis=1).view(np.uint16)  # (N, 4)
    limit = ALIKE * float(small.max(initial=0.0) - small.min(initial=0.0))
    near: dict[int, int] = {}
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        for distance in range(1, min(COMPARED, len(order) - 1) + 1):
            earlier, later = order[:-distance], order[distance:]
            same = band[earlier] == band[later]
            earlier, later = earlier[same], later[same]
            apart = _apart(small, earlier, later)
            alike = apart <= limit
            near |= dict(zip(later[alike].tolist(), earlier[alike].tolist(), strict=True))
    return near


def _apart(small: npt.NDArray[np.float32], one: Array, other: Array) -> npt.NDArray[np.float32]:
    """Return the mean difference of pairs of thumbnails (N,)."""
    found = np.empty(len(one), dtype=np.float32)
    for start in range(0, len(one), CHUNK):
        part = slice(start, start + CHUNK)
        found[part] = np.abs(small[one[part]] - small[other[part]]).mean(axis=(1, 2))
    return found
