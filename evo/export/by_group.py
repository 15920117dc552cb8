"""A metric of an export in each group: rows for people and for the card, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fitness.data.task import Split
from fitness.metric import Metric
from fitness.target import Array

MOST = 20  # groups that a card names, the worst of test
Row = dict[str, str | int | float]


@dataclass(frozen=True)
class Answers:
    """What metrics take of a network (N, numbers), and the split that it was given."""

    kept: Array
    split: Split

    def value(self, metric: Metric) -> float:
        """Return a metric of the answers."""
        return metric.value(self.kept, self.split.y, self.split.groups)


def rows_by_group(
    metric: Metric, answers: Mapping[str, Answers], names: Sequence[str]
) -> list[Row]:
    """Return for each group its name, and by split the metric in it and its examples.

    Keys are `group`, `test_accuracy`, `test_examples` and so on; the group that is worst on the
    last split comes first. A group without examples in a split has neither there.
    """
    one = metric.of_one_group
    rows: list[Row] = [{"group": name} for name in names]
    for split_name, given in answers.items():
        groups = given.split.groups
        if groups is None:
            return []
        counts = np.bincount(groups, minlength=len(names))
        for group, value in one.by_group(given.kept, given.split.y, groups).items():
            rows[group][f"{split_name}_{one.name}"] = value
            rows[group][f"{split_name}_examples"] = int(counts[group])
    key = f"{list(answers)[-1]}_{one.name}"
    present = [row for row in rows if key in row]
    return sorted(present, key=lambda row: float(row[key]), reverse=not one.rises)


def card_facts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rows as facts of a card: `test_accuracy (north)`; of many groups, the worst."""
    facts: dict[str, Any] = {"groups": len(rows)} if rows else {}
    for row in rows[:MOST]:
        facts |= {f"{key} ({row['group']})": x for key, x in row.items() if key != "group"}
    return facts
