"""The groups of the metric that columns of a table tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fitness.data.metric_groups import NO_VALUE, MetricGroups
from fitness.data.tables.parsing import Parsed


def groups_of(columns: Sequence[Parsed]) -> MetricGroups | None:
    """Make a group of each combination of the columns' values; without columns there are none."""
    return MetricGroups.combined(list(map(_of_one, columns))) if columns else None


def _of_one(column: Parsed) -> MetricGroups:
    """Make a group of each value; what is missing is one, too."""
    if column.kind == "category":
        names = (*column.texts, NO_VALUE)
        return MetricGroups(column.codes % len(names), names)  # -1 is the last one
    different, numbers = np.unique(column.numbers, return_inverse=True)
    names = tuple(NO_VALUE if np.isnan(one) else column.shown(one) for one in different.tolist())
    return MetricGroups(numbers.astype(np.int64), names)
