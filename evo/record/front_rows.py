"""The rows of a front, with what was measured at the end of its run, and their form as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from evo.pareto.front import Front
from evo.record.front_intervals import MetricChance, with_intervals
from evo.record.remeasured import remeasurements
from evo.record.store import Store

Row = Mapping[str, Any]
TEST, REMEASURED = (
    "test_",
    "remeasured_",
)  # before a metric measured at the end


def front_rows(store: Store, front: Front) -> list[dict[str, Any]]:
    """Return the rows of a front with intervals and what was measured at the end, None if nothing.

    Of the metric, say `accuracy`, `test_accuracy` is that on the test split; `remeasured_accuracy`
    and `remeasured_examples` are those of trainings anew on folds of the training data, see
    `evo.findings.final_look`. Before anything was measured the rows lack these columns.
    `accuracy_low`, `accuracy_high` and `leads` are those of `evo.record.front_intervals`.
    """
    metric = front.axes.curve_metric.name
    rows = with_intervals(front.rows(), MetricChance.of(store, metric))
    measured = store.measurements()
    if not measured:
        return rows
    tests = {m.genome: m.value for m in measured if m.split == "test"}
    again = remeasurements(store)
    for row in rows:
        found = again.get(row["genome"])
        row[TEST + metric] = tests.get(row["genome"])
        row[REMEASURED + metric] = found.value if found else None
        row["remeasured_examples"] = found.examples if found else None
    return rows


def as_csv(rows: Sequence[Row]) -> str:
    """Write rows as `pareto.csv` has them: equal rows give equal bytes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
