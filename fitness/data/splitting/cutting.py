"""How a user's examples are cut into train, validation and test where they are not given so.

Stratified by target with seed 0. Of one heap 20 % are test, 16 % validation, 64 % train; of a
train split 20 % are validation (each part rounded, at least one). Examples that are alike stay in
one part, unless there are more of one than a part holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.data.splitting.splits import Indices, grouped_parts, stratified_parts
from fitness.target import Array, Target

SPLIT_SEED = 0
TEST_SHARE, VALIDATION_SHARE, VALIDATION_SHARE_OF_TRAIN = 0.2, 0.16, 0.2
ALIKE = "so many inputs are equal that they could not be kept in one split each"


@dataclass(frozen=True)
class Parts:
    """Indices of the examples of each split, in rising order, and notes; `test` may be empty."""

    train: Indices
    validation: Indices
    test: Indices
    notes: tuple[str, ...] = ()


def three_parts(
    y: Array, alike: npt.NDArray[np.integer], target: Target, metric_groups: Array | None = None
) -> Parts:
    """Cut one heap of examples with targets (N,) or (N, K).

    `alike` gives for each example the place of the first one it has to stay with; each of
    `metric_groups` (N,) is cut in proportion. Raises ValueError where there are too few.
    """
    sizes = _size(y, TEST_SHARE), _size(y, VALIDATION_SHARE)
    (test, validation, train), notes = _cut(y, alike, sizes, target, metric_groups)
    return Parts(train, validation, test, notes)


def two_parts(
    y: Array, alike: npt.NDArray[np.integer], target: Target, metric_groups: Array | None = None
) -> Parts:
    """Cut validation from a train split, as `three_parts` does."""
    sizes = (_size(y, VALIDATION_SHARE_OF_TRAIN),)
    (validation, train), notes = _cut(y, alike, sizes, target, metric_groups)
    return Parts(train, validation, np.empty(0, dtype=np.int64), notes)


def _size(y: Array, share: float) -> int:
    return max(1, round(share * len(y)))


def _cut(
    y: Array,
    alike: npt.NDArray[np.integer],
    sizes: tuple[int, ...],
    target: Target,
    metric_groups: Array | None,
) -> tuple[tuple[Indices, ...], tuple[str, ...]]:
    adopted = target.adopted({"train": y})
    strata = adopted.target.strata(adopted.y["train"])
    if np.bincount(alike).max() > min(sizes):  # as in tables of a few categories
        return stratified_parts(strata, sizes, SPLIT_SEED, metric_groups), (ALIKE,)
    return grouped_parts(strata, alike, sizes, SPLIT_SEED, metric_groups), ()
