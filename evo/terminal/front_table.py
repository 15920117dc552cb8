"""The front as it is printed: a table with the networks to export first, and their worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from evo.files.paths import shown
from evo.findings.baselines import Baseline, comparison, read_baselines
from evo.findings.choice import ROLES, Role, by_merit
from evo.findings.front_table import FrontRows
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.terminal.printing import say
from evo.text.amounts import count, percent, short_count
from evo.text.figures import difference, figure, heading, label

Row = Mapping[str, Any]
ROWS = 16  # of the front are shown; pareto.csv has all
NOT_SHOWN = {
    "generation", "dense_parameters", "shrunk_parameters", "inherited_epochs", "inherited_share",
    "ratio_front", "remeasured_examples",
}  # fmt: skip
HEADINGS = {
    "role": "",
    "genome": "genome",
    "active_parameters": "active",
    "active_ratio": "ratio",
    "flops": "FLOPs",
    "latency": "ms",
}


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
        return ["role", "genome", self.metric, *self.anew, "active_parameters"]

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
        known = {**HEADINGS, **self.anew}
        return known[key] if key in known else heading(key)

    def cell(self, row: Row, key: str) -> str:
        """Write what a row has under a key."""
        value = row.get(key)
        if key in ("role", "genome"):
            return str(value or "")
        if value is not None and key in ("flops", "latency"):
            return short_count(value)
        if key == "active_ratio":
            return percent(value)
        return figure(self.metric if key in self.anew else key, value)


def print_front(console: Console, look: FrontRows, folder: Path) -> None:
    """Print the front as a table: those with a role first, then the others evenly, best first."""
    front, parts = look.rows, look.roles
    if not front:
        say(console, "The front is empty: no network has been fully trained without failing.")
        return
    metric = look.metric.name
    ordered = sorted(front, key=by_merit(look.metric))
    first = [{"role": role, **parts[role]} for role in SHOWN_ROLES if role in parts]
    named = {row["genome"] for row in first}
    others = [row for row in ordered if row["genome"] not in named]
    rows = [*first, *spread(others, ROWS - len(first))]
    networks = "1 network" if len(front) == 1 else f"{len(front)} networks"
    examples = f"{count(look.validation_examples)} validation examples"
    on = examples if look.validation_examples else "validation data"
    title = f"Front: {networks} ({label(metric)} on {on})"
    console.print(_fitting(console, title, rows, Columns(metric, look.objectives)))
    listed = {row["genome"] for row in rows}
    if len(listed) < len(front):
        say(console, f"... {len(front) - len(listed)} more in {shown(folder / 'pareto.csv')}")
    if look.beyond:
        say(
            console, f"Not listed: {look.beyond} worse than the reference point in some objective."
        )
    for text in filter(None, (shrinkage(ordered, metric), look.expected)):
        say(console, text)


SHOWN_ROLES: tuple[Role, ...] = ("best", "default", "compromise")


def print_roles(
    console: Console, parts: Mapping[Role, Row], baselines: Sequence[Baseline], metric: str
) -> None:
    """Print the default beside its alternatives, and the best that needs no search."""
    columns = Columns(metric)
    rows: list[Row] = [{"role": role, **parts[role]} for role in ROLES if role in parts]
    if rows:
        rows += [
            {
                "role": "no search",
                "genome": one.name,
                metric: one.validation,
                f"test_{metric}": one.test,
                "active_parameters": one.parameters,
            }
            for one in baselines[-1:]
        ]
        keys = [k for k in columns.of_roles if any(row.get(k) is not None for row in rows)]
        console.print(_table("", rows, keys, columns))


def _fitting(console: Console, title: str, rows: Sequence[Row], columns: Columns) -> Table:
    """Return a table of rows, without the columns for which the screen is too narrow."""
    present = [key for row in rows for key, value in row.items() if value is not None]
    keys = [key for key in columns.first if key in present]
    keys += sorted(set(present) - set(columns.first) - NOT_SHOWN)
    table = _table(title, rows, keys, columns)
    endless = console.options.update(width=1000)
    for key in columns.dropped:
        too_wide = console.measure(table, options=endless).maximum > console.width
        if too_wide and key in keys:
            keys.remove(key)
            table = _table(title, rows, keys, columns)
    return table


def _table(title: str, rows: Sequence[Row], keys: Sequence[str], columns: Columns) -> Table:
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    for key in keys:
        side: Literal["left", "right"] = "left" if key in ("role", "genome") else "right"
        table.add_column(columns.heading(key), justify=side, vertical="bottom", no_wrap=True)
    for row in rows:
        table.add_row(*(columns.cell(row, key) for key in keys))
    return table


def shrinkage(ordered: Sequence[Row], metric: str) -> str:
    """Say how far the metric of a front falls when it is measured again; empty if it was not.

    A front is a maximum over many noisy measurements, so part of its lead is luck.
    """
    parts = []
    for key, what in (
        (f"test_{metric}", "on the test split"),
        (f"remeasured_{metric}", "retrained on other parts of the training data"),
    ):
        rows = [row for row in ordered if row.get(key) is not None and metric in row]
        if rows:
            change = fmean(row[key] - row[metric] for row in rows)
            most = f"{figure(metric, rows[0][metric])} -> {figure(metric, rows[0][key])}"
            members = f"{len(rows)} network" + ("s" if len(rows) > 1 else "")
            parts.append(
                f"{what}, {members}: {difference(metric, change)} on average "
                f"({rows[0]['genome']}: {most})"
            )
    return "Measured again " + "; ".join(parts) + "." if parts else ""


def print_baselines(console: Console, front: Sequence[Row], folder: Path) -> None:
    """Print what the task gives without a search, and whether the front is better than that."""
    with Store.open(RunFolder(folder).database, read_only=True) as store:
        found = read_baselines(store)
    if found:
        say(console, "\nWithout a search:")
    for one in found:
        say(console, f"  {one.text()}")
    if text := comparison(found, front):
        say(console, text)


def spread(rows: Sequence[Row], number: int) -> list[Row]:
    """Choose rows at even distances, the first and the last among them."""
    if len(rows) <= number:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (number - 1))] for i in range(number)]
