"""The columns of a printed front: which there are, in what order, and how cells are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evo.record.front_intervals import HIGH, LEADS, LOW
from evo.text.amounts import percent, short_count
from evo.text.figures import figure, heading

Row = Mapping[str, Any]
NOT_SHOWN = {
    "generation", "dense_parameters", "shrunk_parameters", "inherited_epochs", "inherited_share",
    "ratio_front", "remeasured_examples", LEADS,
}  # fmt: skip
HEADINGS = {
    "role": "",
    "genome": "genome",
    "active_parameters": "active",
    "active_ratio": "ratio",
    "flops": "FLOPs",
    "latency": "ms",
}
INTERVAL = "interval"  # the key of a column that is made of two of a row
CHANCE = "~"  # before a metric without a lead over smaller networks beyond chance


@dataclass(frozen=True)
class Columns:
    """What is shown of the rows of a front, by their keys, where `metric` is what counts.

    Columns of `objectives` are the last to be left out.
    """

    metric: str
    objectives: Sequence[str] = ()

    @property
    def anew(self) -> dict[str, str]:
        """The headings of what was measured anew of the metric, by key."""
        return {f"remeasured_{self.metric}": "retrained", f"test_{self.metric}": "on test"}

    @property
    def of_roles(self) -> list[str]:
        """The keys that roles are compared by, in order."""
        return ["role", "genome", self.metric, INTERVAL, *self.anew, "active_parameters"]

    @property
    def first(self) -> list[str]:
        """The keys that stand before those of other objectives, in order."""
        return [*self.of_roles, "active_ratio", "flops", "latency"]

    @property
    def dropped(self) -> list[str]:
        """The keys that are left out in turn, where the screen is narrow."""
        keys = ["flops", "active_ratio", f"remeasured_{self.metric}"]
        return sorted(keys, key=lambda key: key in self.objectives)

    def heading(self, key: str) -> str:
        """Return what a column is called."""
        known = {**HEADINGS, **self.anew, INTERVAL: "95 %\ninterval"}
        return known[key] if key in known else heading(key)

    def cell(self, row: Row, key: str) -> str:
        """Write what a row has under a key."""
        value = row.get(key)
        if key in ("role", "genome"):
            return str(value or "")
        if key == INTERVAL:
            return self._interval(row)
        if key == self.metric and row.get(LEADS) is False:
            return CHANCE + figure(key, value)
        if value is not None and key in ("flops", "latency"):
            return short_count(value)
        if key == "active_ratio":
            return percent(value)
        return figure(self.metric if key in self.anew else key, value)

    def _interval(self, row: Row) -> str:
        """Write the ends, close together if they are shares, which have no minus sign."""
        ends = [row.get(self.metric + end) for end in (LOW, HIGH)]
        if None in ends:
            return ""
        low, high = (figure(self.metric, end, digits=1) for end in ends)
        bare = low.removesuffix(" %")
        return f"{bare}–{high}" if bare != low else f"{low} to {high}"

    @property
    def not_shown(self) -> set[str]:
        """The keys that have no column: other columns or `pareto.csv` say it."""
        return NOT_SHOWN | {self.metric + end for end in (LOW, HIGH)}

    def present(self, rows: Sequence[Row]) -> list[str]:
        """Return the keys under which any of the rows has something to show."""
        found = [key for row in rows for key, value in row.items() if value is not None]
        return [INTERVAL, *found] if self.metric + LOW in found else found
