"""The front as it is printed: a table with the networks to export first, and their worth."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Literal

from rich.console import Console
from rich.table import Table

from evo.files.paths import shown
from evo.findings.baselines import Baseline, comparison, read_baselines
from evo.findings.choice import ROLES, Role, by_merit
from evo.findings.front_table import FrontRows
from evo.record.front_intervals import LEADS
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.terminal.front_columns import CHANCE, Columns, Row
from evo.terminal.printing import say
from evo.text.amounts import count
from evo.text.figures import difference, figure, label

NAME = 12  # characters of a baseline's name in a line, if its words are no longer
ROWS = 16  # of the front are shown; pareto.csv has all


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
    say_chance(console, rows)
    listed = {row["genome"] for row in rows}
    if len(listed) < len(front):
        say(console, f"... {len(front) - len(listed)} more in {shown(folder / 'pareto.csv')}")
    if look.beyond:
        say(
            console, f"Not listed: {look.beyond} worse than the reference point in some objective."
        )
    for text in filter(None, (shrinkage(ordered, metric), look.expected)):
        say(console, text)


def say_chance(console: Console, rows: Sequence[Row]) -> None:
    """Explain the mark, if any of the rows has it."""
    if any(row.get(LEADS) is False for row in rows):
        say(console, f"{CHANCE}: no lead over smaller networks of the front beyond chance")


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
                "genome": textwrap.fill(one.name, NAME, break_long_words=False),
                metric: one.validation,
                f"test_{metric}": one.test,
                "active_parameters": one.parameters,
            }
            for one in baselines[-1:]
        ]
        present = columns.present(rows)
        keys = [key for key in columns.of_roles if key in present]
        console.print(_table("", rows, keys, columns))
        say_chance(console, rows)


def _fitting(console: Console, title: str, rows: Sequence[Row], columns: Columns) -> Table:
    """Return a table of rows, without the columns for which the screen is too narrow."""
    present = columns.present(rows)
    keys = [key for key in columns.first if key in present]
    keys += sorted(set(present) - set(columns.first) - columns.not_shown)
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
