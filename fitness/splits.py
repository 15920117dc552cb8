"""Fixed, stratified splits: the same examples in the same split on every machine, for ever."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


def stratified_order(labels: npt.NDArray[np.int64], seed: int) -> Indices:
    """Return a permutation of the examples (N,) of which every prefix has the classes' shares.

    Within each class the examples are shuffled; then all are sorted by their relative rank in
    their own class.
    """
    # RandomState: unlike Generator's, its stream is guaranteed never to change between versions.
    shuffled = np.random.RandomState(seed).permutation(len(labels))
    position = np.empty(len(labels), dtype=np.float64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels[shuffled] == label)
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    order: Indices = shuffled[np.argsort(position, kind="stable")].astype(np.int64)
    return order


def stratified_parts(
    labels: npt.NDArray[np.int64], sizes: tuple[int, ...], seed: int
) -> tuple[Indices, ...]:
    """Cut the examples into parts of the given sizes and the rest; indices in rising order.

    Raises ValueError if nothing would be left for the rest or a part would be empty.
    """
    if min(sizes) < 1 or sum(sizes) >= len(labels):
        raise ValueError(f"received {len(labels)} examples, too few for parts of {sizes}")
    order = stratified_order(labels, seed)
    return tuple(np.sort(part) for part in np.split(order, np.cumsum(sizes)))
