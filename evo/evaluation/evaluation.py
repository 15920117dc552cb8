"""An evaluated network: metrics with their intervals, and the report of the last split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evo.errors import BadInput
from evo.evaluation.intervals import interval
from evo.evaluation.report import Report
from evo.export.evaluate import Evaluated
from evo.files.paths import shown
from evo.plots.drawing import save_table
from fitness.metric import Metric, metric_names


@dataclass(frozen=True)
class Evaluation:
    """Figures as `evaluated` has them, `metrics` in rows, and the report of a split.

    The last split is that which no choice has seen: test, or all rows of a file. Metrics have the
    columns `split`, `metric`, `value`, `low`, `high`; the interval is of 95 %.
    """

    figures: Mapping[str, Any]
    metrics: pd.DataFrame
    split: str
    report: Report

    @classmethod
    def of(cls, found: Evaluated) -> Evaluation:
        """Add to what was measured how sure it is, and what it is made of."""
        rows = [
            {"split": name, "metric": metric, "value": value, "low": low, "high": high}
            for name, answers in found.answers.items()
            for metric in metric_names()
            if (value := found.figures.get(f"{name}_{metric}")) is not None
            for low, high in [interval(Metric.load(metric), answers, value)]
        ]
        last = list(found.answers)[-1]
        report = Report.of(found.answers[last], found.target)
        return cls(found.figures, pd.DataFrame(rows), last, report)

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write `metrics.csv`, the groups if there are any, and the report; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        written = [save_table(self.metrics, folder / "metrics.csv")]
        if groups := self.figures.get("groups"):
            written.append(save_table(pd.DataFrame(groups), folder / "groups.csv"))
        of = "all rows" if self.split == "rows" else f"{self.split} data"
        return written + self.report.save(folder, f"{name}, {of}")


def check_new(folder: Path) -> None:
    """Raise `BadInput` if anything is in the place of the folder of an evaluation."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise BadInput(f"{shown(folder)} exists already; choose another --output or remove it")
