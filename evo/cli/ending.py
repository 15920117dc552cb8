"""What is printed when a run ends: the front, how far it shrinks, figures, next commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from evo.amounts import MISSING, count, percent, short_count
from evo.baselines import comparison, read_baselines
from evo.cli.exits import run_argument
from evo.companions import publish
from evo.front_table import measured_front
from evo.run_folder import RunFolder
from evo.store import Store

if TYPE_CHECKING:  # the engine is loaded by the commands that run it
    from evo.session import Ending

Row = Mapping[str, Any]
ROWS = 16  # of the front are shown; pareto.csv has all
REASONS = {
    "generations": "All generations are done.",
    "budget": "The budget of epochs is spent.",
    "minutes": "The minutes are over; `evo resume {run}` goes on.",
    "exhausted": "Nothing new was found for many generations; the space is exhausted.",
    "already finished": "This run is finished; nothing was left to do. "
    "`evo resume {run} --generations TOTAL` breeds on.",
}
# What is shown of a row: key -> (heading, how it is written). Others are written plainly.
COLUMNS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "genome": ("genome", str),
    "accuracy": ("accuracy", lambda value: percent(value, 2)),
    "test_accuracy": ("on test", lambda value: percent(value, 2)),
    "second_accuracy": ("2nd seed", lambda value: percent(value, 2)),
    "active_ratio": ("active ratio", percent),
    "active_parameters": ("active", count),
    "shrunk_parameters": ("shrunk", count),
    "flops": ("FLOPs", short_count),
    "latency": ("ms", short_count),
}
NOT_SHOWN = {
    "generation", "dense_parameters", "inherited_epochs", "inherited_share", "ratio_front",
}  # fmt: skip


def print_ending(console: Console, outcome: Ending) -> None:
    """Print what came of a run, after drawing its figures and writing its report."""
    folder = outcome.folder
    name = run_argument(folder)
    say(console, "\n" + REASONS.get(outcome.reason, outcome.reason).format(run=name))
    front = measured_front(RunFolder(folder))
    print_front(console, front, folder)
    print_baselines(console, front, folder)
    print_forecast_and_truth(console, folder)
    print_figures(console, folder)
    print_report(console, folder)
    for text in publish(folder):
        say(console, text)
    say(console, "\nNext:")
    say(console, f"  evo show {name}              the run at a glance")
    if front:
        say(console, f"  evo show {name} {best(front)['genome']}     one network, drawn")
        say(console, f"  evo export {name}            the front's knee as a PyTorch model")
    say(console, f"  evo resume {name} --generations TOTAL")


def print_front(console: Console, front: Sequence[Row], folder: Path) -> None:
    """Print the front as a table, the most accurate first, and how far it shrinks."""
    if not front:
        say(console, "The front is empty: no network grew up without failing.")
        return
    ordered = sorted(front, key=_by_merit)
    shown = spread(ordered, ROWS)
    present = [key for row in shown for key, value in row.items() if value is not None]
    keys = [key for key in COLUMNS if key in present]
    if "latency" in keys:  # 80 columns have no room for both
        keys = [key for key in keys if key != "shrunk_parameters"]
    keys += sorted(set(present) - set(COLUMNS) - NOT_SHOWN)
    title = f"Front: {len(front)} networks (accuracy on validation data)"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for key in keys:
        heading = COLUMNS[key][0] if key in COLUMNS else key.replace("_", " ")
        table.add_column(heading, justify="left" if key == "genome" else "right", no_wrap=True)
    for row in shown:
        table.add_row(*(_cell(key, row.get(key)) for key in keys))
    console.print(table)
    if len(shown) < len(front):
        say(console, f"... {len(front) - len(shown)} more in {folder / 'pareto.csv'}")
    if text := shrinkage(ordered):
        say(console, text)


def _cell(key: str, value: Any) -> str:
    if value is None:
        return MISSING
    if key in COLUMNS:
        return COLUMNS[key][1](value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _by_merit(row: Row) -> tuple[float, float, str]:
    return -row.get("accuracy", 0.0), row.get("active_parameters", 0.0), str(row["genome"])


def best(front: Sequence[Row]) -> Row:
    """Return the most accurate member of a front."""
    return min(front, key=_by_merit)


def shrinkage(ordered: Sequence[Row]) -> str:
    """Say how far the front falls when it is measured again; empty if it was not.

    A front is a maximum over many noisy measurements, so part of its lead is luck.
    """
    parts = []
    for key, what in (
        ("test_accuracy", "on the test split"),
        ("second_accuracy", "trained anew with a second seed"),
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


def print_forecast_and_truth(console: Console, folder: Path) -> None:
    """Print what the first generation let expect, and what the run took."""
    from evo.foreseeing import compared

    with Store.open(RunFolder(folder).database, read_only=True) as store:
        found = compared(store)
    if found is not None:
        say(console, found.text())


def print_figures(console: Console, folder: Path) -> None:
    """Draw the figures of a run and print where they are."""
    from evo.plots import draw_figures

    figures = [path for path in draw_figures(folder) if path.suffix == ".png"]
    if not figures:
        say(console, "No figures yet: nothing was trained to the end.")
        return
    say(console, "\nFigures (beside them as .svg, and as .csv what they show):")
    for path in figures:
        say(console, f"  {path}")


def print_report(console: Console, folder: Path) -> None:
    """Write the report of a run and print where it is, or that it could not be written."""
    from evo.report import write_report_if_possible

    path = write_report_if_possible(RunFolder(folder))
    failed = f"The report could not be written; {RunFolder(folder).log} says why."
    say(console, failed if path is None else f"\nReport: {path}")


def spread(rows: Sequence[Row], number: int) -> list[Row]:
    """Choose rows at even distances, the first and the last among them."""
    if len(rows) <= number:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (number - 1))] for i in range(number)]


def say(console: Console, text: str) -> None:
    """Print a line as it is: no markup, no wrapping."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
