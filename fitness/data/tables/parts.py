"""Cuts the rows of a table into train, validation and test: at random, by groups, or by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.metric_groups import MetricGroups
from fitness.data.splitting.cutting import (
    SPLIT_SEED,
    TEST_SHARE,
    VALIDATION_SHARE,
    Parts,
    three_parts,
)
from fitness.data.splitting.duplicates import first_alike
from fitness.data.splitting.splits import grouped_parts
from fitness.data.tables.parsing import Numbers, Parsed
from fitness.target import Array, Target

LEAST = 3  # groups


@dataclass(frozen=True)
class SplitBy:
    """What rows are cut by: those of a `group` stay in one split, `metric_groups` are in all.

    With a `time` the latest are test.
    """

    group: Parsed | None = None
    time: Parsed | None = None
    metric_groups: MetricGroups | None = None


def cut_rows(rows: Numbers, y: Array, target: Target, by: SplitBy) -> Parts:
    """Cut rows (N, F), equal where they are alike, with targets (N, ...).

    Raises UnusableData where rows are too few, or too many of them have to stay together.
    """
    if by.time is not None:
        return _by_time(by.time)
    alike, group = first_alike(rows), by.group
    metric_groups = None if by.metric_groups is None else by.metric_groups.numbers
    if group is None:
        return three_parts(y, alike, target, metric_groups)
    together = _connected(alike, _first_of_group(group))
    try:
        strata = target.adopted({"train": y})
        sizes = round(TEST_SHARE * len(y)), round(VALIDATION_SHARE * len(y))
        of_each = strata.target.strata(strata.y["train"])
        test, validation, train = grouped_parts(
            of_each, together, sizes, SPLIT_SEED, metric_groups
        )
    except ValueError as error:
        raise UnusableData(
            f"cannot be cut by column {group.name!r}: {error}. A split needs groups of its own"
        ) from None
    return Parts(train, validation, test, (_of_groups(group, (train, validation, test)),))


def _first_of_group(group: Parsed) -> npt.NDArray[np.intp]:
    """Return for each row the place of the first one of its group (N,)."""
    if group.missing.any():
        raise UnusableData(
            f"column {group.name!r}: row {int(group.missing.argmax()) + 1} has no group; name it, "
            "or remove the row"
        )
    values, first, inverse = np.unique(group.raw, return_index=True, return_inverse=True)
    if len(values) < LEAST:
        raise UnusableData(
            f"column {group.name!r} has {len(values)} groups, expected at least {LEAST}: one for "
            "each of train, validation and test"
        )
    return first[inverse]


def _connected(*firsts: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
    """Return for each row the first of all rows that any of these tie it to, over others too."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(firsts[0])
    rows = np.tile(np.arange(count), len(firsts))
    ties = coo_array((np.ones(len(rows)), (rows, np.concatenate(firsts))), shape=(count, count))
    _, labels = connected_components(ties, directed=False)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse]


def _of_groups(group: Parsed, parts: tuple[npt.NDArray[np.int64], ...]) -> str:
    counts = [len(np.unique(group.raw[part])) for part in parts]
    return (
        f"rows of one {group.name} stay in one split: {counts[0]} groups in train, {counts[1]} in "
        f"validation, {counts[2]} in test"
    )


def _by_time(time: Parsed) -> Parts:
    """Make the latest rows test, those before them validation; equal times stay together."""
    if time.kind == "category":
        raise UnusableData(
            f"column {time.name!r} has texts that are no times ({time.texts[0]!r}); write them as "
            "2026-03-31"
        )
    if time.missing.any():
        raise UnusableData(
            f"column {time.name!r}: row {int(time.missing.argmax()) + 1} has no time; remove it"
        )
    when, count = time.numbers, len(time.numbers)
    rising = np.sort(when)
    test_from = rising[min(count - 1, round(count * (1 - TEST_SHARE)))]
    share = 1 - TEST_SHARE - VALIDATION_SHARE
    validation_from = rising[min(count - 1, round(count * share))]
    masks = (
        when < validation_from,
        (when >= validation_from) & (when < test_from),
        when >= test_from,
    )
    if not all(mask.any() for mask in masks):
        raise UnusableData(
            f"column {time.name!r}: so many rows have the same time that no three splits can "
            "follow each other"
        )
    train, validation, test = map(np.flatnonzero, masks)
    return Parts(train, validation, test, (_of_time(time, *masks),))


def _of_time(time: Parsed, *masks: npt.NDArray[np.bool_]) -> str:
    starts = [time.shown(float(time.numbers[mask].min())) for mask in masks[1:]]
    return f"split by {time.name}: validation from {starts[0]}, test from {starts[1]} on"
