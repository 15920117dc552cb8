"""Rows of a table as numbers for models that are no networks of ours: filled, told, one-hot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.graph.table_inputs import REACH, TableInputs

Inputs = npt.NDArray[Any]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlainRows:
    """Maps rows (N, F) to (N, `width`).

    Numbers are robustly scaled and bent within bounds, missing ones are the median and have an
    indicator, each category has a column of 0 and 1.
    """

    table: TableInputs

    @property
    def width(self) -> int:
        """The number of columns that come out."""
        table = self.table
        return len(table.quantiles) + len(table.lacking) + sum(table.categories)

    def __call__(self, x: Inputs) -> Numbers:
        table, count = self.table, len(self.table.quantiles)
        parts = []
        if table.robust is not None:
            median, spread = np.array(table.robust.mean), np.array(table.robust.std)
            scaled = (x[:, :count].astype(np.float64) - median) / spread
            scaled = np.where(np.isnan(scaled), 0.0, scaled)
            parts.append(scaled / np.hypot(1.0, scaled / REACH))
        parts.append(np.isnan(x[:, list(table.lacking)]).astype(np.float64))
        for place, size in enumerate(table.categories, start=count):
            codes = x[:, place]
            known = np.where((codes >= 0) & (codes < size), codes, size - 1).astype(np.int64)
            parts.append((known[:, None] == np.arange(size)).astype(np.float64))
        return np.concatenate(parts, axis=1)
