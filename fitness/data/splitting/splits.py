"""Fixed, stratified splits: the same examples in the same split on every machine, for ever."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


def stratified_order(
    labels: npt.NDArray[Any], seed: int, metric_groups: npt.NDArray[Any] | None = None
) -> Indices:
    """Return a permutation of the examples (N,) of which every prefix has the classes' shares.

    Within each class the examples are shuffled; then all are sorted by their relative rank in
    their own class. With `metric_groups` (N,) every prefix has their shares, and within each of
    them the shares that the classes have there.
    """
    # RandomState: unlike Generator's, its stream is guaranteed never to change between versions.
    order: Indices = np.random.RandomState(seed).permutation(len(labels)).astype(np.int64)
    if metric_groups is None:
        return _spread(order, labels)
    of_each = (order[metric_groups[order] == group] for group in np.unique(metric_groups))
    return _spread(np.concatenate([_spread(one, labels) for one in of_each]), metric_groups)


def _spread(order: Indices, labels: npt.NDArray[Any]) -> Indices:
    """Sort examples by their relative rank, in the order given, among those of their label."""
    position = np.empty(len(order), dtype=np.float64)
    own = labels[order]
    for label in np.unique(own):
        members = np.flatnonzero(own == label)
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(position, kind="stable")]


def stratified_parts(
    labels: npt.NDArray[Any],
    sizes: tuple[int, ...],
    seed: int,
    metric_groups: npt.NDArray[Any] | None = None,
) -> tuple[Indices, ...]:
    """Cut the examples into parts of the given sizes and the rest; indices in rising order.

    Raises ValueError if nothing would be left for the rest or a part would be empty.
    """
    if min(sizes) < 1 or sum(sizes) >= len(labels):
        raise ValueError(f"received {len(labels)} examples, too few for parts of {sizes}")
    order = stratified_order(labels, seed, metric_groups)
    return tuple(np.sort(part) for part in np.split(order, np.cumsum(sizes)))


def grouped_parts(
    labels: npt.NDArray[Any],
    groups: npt.NDArray[np.integer],
    sizes: tuple[int, ...],
    seed: int,
    metric_groups: npt.NDArray[Any] | None = None,
) -> tuple[Indices, ...]:
    """Cut the examples as `stratified_parts` does, but never through a group.

    `groups` gives for each example the place of its group's first one. A part is at least as large
    as its size; where every example is a group of its own, the parts are the same.
    """
    if min(sizes) < 1 or sum(sizes) >= len(labels):
        raise ValueError(f"received {len(labels)} examples, too few for parts of {sizes}")
    first, counts = np.unique(groups, return_counts=True)
    of_first = None if metric_groups is None else metric_groups[first]
    order = stratified_order(labels[first], seed, of_first)
    passed = np.cumsum(counts[order])
    cuts, start = [], 0
    for size in sizes:
        taken = passed[start - 1] if start else 0
        start = min(int(np.searchsorted(passed, taken + size)) + 1, len(order))
        cuts.append(start)
    if cuts[-1] == len(order):
        raise ValueError(
            f"received {len(first)} different inputs in {len(labels)} examples, too few for parts "
            f"of {sizes}"
        )
    part_of = np.empty(len(first), dtype=np.int64)
    for number, chosen in enumerate(np.split(order, cuts)):
        part_of[chosen] = number
    parts = part_of[np.searchsorted(first, groups)]
    return tuple(np.flatnonzero(parts == number) for number in range(len(sizes) + 1))
