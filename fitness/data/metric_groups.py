"""Metric groups: parts of the examples in each of which a metric is measured.

Not the groups whose examples stay in one split: each metric group has to be in every split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData, as_array

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]

NO_VALUE = "(missing)"  # the name of the group of examples whose value is missing
FEW = (
    30  # examples below which a figure is told to be rough: a share of 80 % is known to 14 points
)
SHOWN = 12  # groups in a note


@dataclass(frozen=True)
class MetricGroups:
    """The number of each example's group (N,), and the names of all groups."""

    numbers: Numbers
    names: tuple[str, ...]

    @classmethod
    def of_values(cls, given: Any) -> MetricGroups:
        """Make a group of each different number or text of (N,)."""
        values = as_array(given, "groups")
        if values.ndim != 1 or values.dtype.kind not in "biufU":
            raise UnusableData(
                f"received groups of type {values.dtype} and shape {values.shape}, expected a "
                "number or text for each example, (N,)"
            )
        different, numbers = np.unique(values, return_inverse=True)
        return cls(numbers.astype(np.int64), tuple(map(_shown, different.tolist())))

    @classmethod
    def combined(cls, several: Sequence[MetricGroups]) -> MetricGroups:
        """Make a group of each combination that there is, of one or several of these."""
        rows = np.stack([one.numbers for one in several], axis=1)
        different, numbers = np.unique(rows, axis=0, return_inverse=True)
        names = (
            " & ".join(one.names[value] for one, value in zip(several, row, strict=True))
            for row in different.tolist()
        )
        return cls(numbers.reshape(-1).astype(np.int64), tuple(names))

    def chosen(self, index: npt.NDArray[Any]) -> MetricGroups:
        """Return the groups of some of the examples; names that none of them has are gone."""
        return MetricGroups.combined([replace(self, numbers=self.numbers[index])])


def _shown(value: bool | int | float | str) -> str:
    if isinstance(value, float):
        return NO_VALUE if np.isnan(value) else f"{value:g}"
    return str(value).strip() or NO_VALUE


def numbered(
    given: Mapping[str, Array | None], names: tuple[str, ...]
) -> tuple[dict[str, Numbers], tuple[str, ...]]:
    """Return the groups of each split as numbers, and their names.

    With `names` the given ones are numbers already; there may be no groups at all. Raises
    UnusableData where a split lacks groups, or one of them.
    """
    if not names and all(groups is None for groups in given.values()):
        return {}, ()
    there = {split: groups for split, groups in given.items() if groups is not None}
    if lacking := [split for split in given if split not in there]:
        raise UnusableData(
            f"received groups of {', '.join(there) or 'no split'}, but none of "
            f"{', '.join(lacking)}; a metric is measured in each group of every split"
        )
    if names:
        found = {split: _checked(groups, names) for split, groups in there.items()}
    else:
        whole = MetricGroups.of_values(np.concatenate(list(there.values())))
        names, sizes = whole.names, [len(groups) for groups in there.values()]
        found = dict(zip(there, np.split(whole.numbers, np.cumsum(sizes)[:-1]), strict=True))
    _check_everywhere(found, names)
    return found, tuple(names)


def _checked(numbers: Array, names: tuple[str, ...]) -> Numbers:
    if numbers.dtype.kind not in "iu" or not np.isin(numbers, np.arange(len(names))).all():
        raise UnusableData(
            f"received {len(names)} names of groups, expected groups as whole numbers from 0 to "
            f"{len(names) - 1}"
        )
    return numbers.astype(np.int64, copy=False)


def _check_everywhere(groups: Mapping[str, Numbers], names: tuple[str, ...]) -> None:
    if len(names) < 2:
        raise UnusableData(
            f"received one group of the metric only, {names[0]!r}: there is none to compare it "
            "with; leave groups out"
        )
    for split, numbers in groups.items():
        counts = np.bincount(numbers, minlength=len(names))
        if absent := np.flatnonzero(counts == 0).tolist():
            listed = ", ".join(repr(names[one]) for one in absent[:SHOWN])
            more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
            whole = sum(int((other == absent[0]).sum()) for other in groups.values())
            raise UnusableData(
                f"{split} has no example of the metric's group {listed}{more} ({whole} of "
                f"{names[absent[0]]!r} in all); every split needs some of each. Join small groups "
                "to larger ones, or leave their examples out"
            )


def described(groups: Mapping[str, Numbers], names: tuple[str, ...]) -> tuple[str, ...]:
    """Say which groups there are, and in which of them few examples are measured."""
    if not names:
        return ()
    counts = {s: np.bincount(groups[s], minlength=len(names)) for s in ("validation", "test")}
    fewest = np.minimum(counts["validation"], counts["test"])

    def listed(chosen: Sequence[int]) -> str:
        words = (
            f"{names[one]} ({counts['validation'][one]:,} + {counts['test'][one]:,})"
            for one in chosen[:SHOWN]
        )
        return ", ".join(words) + (", ..." if len(chosen) > SHOWN else "")

    order = np.argsort(fewest, kind="stable").tolist()
    all_of_them = f"{len(names)} groups of the metric, validation + test examples: {listed(order)}"
    few = [one for one in order if fewest[one] < FEW]
    if not few:
        return (all_of_them,)
    rough = (
        f"groups of the metric with fewer than {FEW} validation or test examples: {listed(few)}; "
        "what is measured there is rough, and the worst of small groups looks worse than it is"
    )
    return all_of_them, rough
