"""The front as it is printed: a table with the networks to export first, and their worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from evo.text.amounts import MISSING, count, percent, short_count

Row = Mapping[str, Any]
ROWS = 16  # of the front are shown; pareto.csv has all
# What is shown of a row: key -> (heading, how it is written). Others are written plainly.
COLUMNS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "role": ("", str),
    "genome": ("genome", str),
    "accuracy": ("accuracy", lambda value: percent(value, 2)),
    "remeasured_accuracy": ("retrained", lambda value: percent(value, 2)),
    "test_accuracy": ("on test", lambda value: percent(value, 2)),
    "active_parameters": ("active", count),
    "active_ratio": ("ratio", percent),
    "flops": ("FLOPs", short_count),
    "latency": ("ms", short_count),
}
DROPPED = ("flops", "active_ratio", "remeasured_accuracy")  # in turn, where the screen is narrow
NOT_SHOWN = {
    "generation", "dense_parameters", "shrunk_parameters", "inherited_epochs", "inherited_share",
    "ratio_front", "remeasured_examples",
}  # fmt: skip
OF_ROLES = (
    "role", "genome", "accuracy", "remeasured_accuracy", "test_accuracy", "active_parameters",
)  # fmt: skip


def print_front(console: Console, look: FrontRows, folder: Path) -> None:
    """Print the front as a table: those with a role first, then the others evenly, best first."""
    front, parts = look.rows, look.roles
    if not front:
        say(console, "The front is empty: no network has been fully trained without failing.")
        return
    ordered = sorted(front, key=by_merit)
    first = [{"role": role, **parts[role]} for role in SHOWN_ROLES if role in parts]
    named = {row["genome"] for row in first}
    others = [row for row in ordered if row["genome"] not in named]
    rows = [*first, *spread(others, ROWS - len(first))]
    networks = "1 network" if len(front) == 1 else f"{len(front)} networks"
    examples = f"{count(look.validation_examples)} validation examples"
    on = examples if look.validation_examples else "validation data"
    title = f"Front: {networks} (accuracy on {on})"
    console.print(_fitting(console, title, rows))
    listed = {row["genome"] for row in rows}
    if len(listed) < len(front):
        say(console, f"... {len(front) - len(listed)} more in {shown(folder / 'pareto.csv')}")
    if look.beyond:
        say(
            console, f"Not listed: {look.beyond} worse than the reference point in some objective."
        )
    for text in filter(None, (shrinkage(ordered), look.expected)):
        say(console, text)


SHOWN_ROLES: tuple[Role, ...] = ("best", "default", "compromise")


def print_roles(
    console: Console, parts: Mapping[Role, Row], baselines: Sequence[Baseline]
) -> None:
    """Print the default beside its alternatives, and the best that needs no search."""
    rows: list[Row] = [{"role": role, **parts[role]} for role in ROLES if role in parts]
    if rows:
        rows += [
            {
                "role": "no search",
                "genome": one.name,
                "accuracy": one.validation,
                "test_accuracy": one.test,
                "active_parameters": one.parameters,
            }
            for one in baselines[-1:]
        ]
        keys = [key for key in OF_ROLES if any(row.get(key) is not None for row in rows)]
        console.print(_table("", rows, keys))


def _fitting(console: Console, title: str, rows: Sequence[Row]) -> Table:
    """Return a table of rows, without the columns for which the screen is too narrow."""
    present = [key for row in rows for key, value in row.items() if value is not None]
    keys = [key for key in COLUMNS if key in present]
    keys += sorted(set(present) - set(COLUMNS) - NOT_SHOWN)
    table = _table(title, rows, keys)
    endless = console.options.update(width=1000)
    for key in DROPPED:
        too_wide = console.measure(table, options=endless).maximum > console.width
        if too_wide and key in keys:
            keys.remove(key)
            table = _table(title, rows, keys)
    return table


def _table(title: str, rows: Sequence[Row], keys: Sequence[str]) -> Table:
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    for key in keys:
        heading = COLUMNS[key][0] if key in COLUMNS else key.replace("_", " ")
        side: Literal["left", "right"] = "left" if key in ("role", "genome") else "right"
        table.add_column(heading, justify=side, no_wrap=True)
    for row in rows:
        table.add_row(
            *("" if key == "role" and key not in row else _cell(key, row.get(key)) for key in keys)
        )
    return table


def _cell(key: str, value: Any) -> str:
    if value is None:
        return MISSING
    if key in COLUMNS:
        return COLUMNS[key][1](value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def shrinkage(ordered: Sequence[Row]) -> str:
    """Say how far the front falls when it is measured again; empty if it was not.

    A front is a maximum over many noisy measurements, so part of its lead is luck.
    """
    parts = []
    for key, what in (
        ("test_accuracy", "on the test split"),
        ("remeasured_accuracy", "retrained on other parts of the training data"),
    ):
        rows = [row for row in ordered if row.get(key) is not None and "accuracy" in row]
        if rows:
            change = fmean(row[key] - row["accuracy"] for row in rows)
            most = f"{percent(rows[0]['accuracy'], 2)} -> {percent(rows[0][key], 2)}"
            members = f"{len(rows)} network" + ("s" if len(rows) > 1 else "")
            parts.append(
                f"{what}, {members}: {100 * change:+.2f} points on average ({rows[0]['genome']}: "
                f"{most})"
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
