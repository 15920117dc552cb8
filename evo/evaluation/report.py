"""The report of a split: tables and figures as the kind of target has them, and their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from evo.export.by_group import Answers
from evo.plots.drawing import save, save_table
from evo.plots.style import house_style
from fitness.target import Target
from genomes.genes.registry import Registry

REPORTS = Registry("evaluation report", "evo.evaluation.reports")


@dataclass(frozen=True)
class Report:
    """Tables by name, and what they say in words; both empty for targets without a report."""

    kind: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    words: str = ""

    @classmethod
    def of(cls, answers: Answers, target: Target) -> Report:
        """Make the report of the answers to a split."""
        if target.kind not in REPORTS:
            return cls(target.kind)
        report = REPORTS.load(target.kind)
        tables = report.tables(answers, target)
        return cls(target.kind, tables, report.words(tables))

    def save(self, folder: Path, title: str) -> list[Path]:
        """Write all tables as CSV and draw the figures, PNG and SVG; return the files."""
        written = [
            save_table(table.reset_index() if table.index.name else table, folder / f"{name}.csv")
            for name, table in self.tables.items()
        ]
        figures = REPORTS.load(self.kind).FIGURES if self.tables else {}
        with house_style():
            for name, draw in figures.items():
                written += save(draw(self.tables[name], title), folder / name)
        return written
