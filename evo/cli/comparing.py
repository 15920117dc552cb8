"""`evo compare`: is one way of searching better than another, and is that significant?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evo.cli.arguments import RESULTS, at_once

if TYPE_CHECKING:  # these load rich and pandas, which `evo --help` does without
    from rich.console import Console

    from evo.compare.comparison import Comparison


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Runs, folders of runs, or NAME=FOLDER. Runs that differ in their seed alone "
            "form a group.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder to write. [default: results/compare-NAMES]",
            callback=at_once,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what an earlier comparison wrote there.")
    ] = False,
) -> None:
    """Compare runs: hypervolume over epochs, fronts, cost, and significance."""
    from rich.console import Console

    from evo.compare.comparison import compare as compare_groups
    from evo.compare.files import default_folder, reserve, write
    from evo.compare.groups import find_groups
    from evo.files.paths import shown
    from evo.terminal.printing import say

    groups, console = find_groups(runs, RESULTS), Console()
    comparison = compare_groups(groups)
    folder = output or default_folder(groups, RESULTS)
    reserve(folder, overwrite=overwrite)
    _print(console, comparison)
    page = write(comparison, folder)[0]
    say(console, f"\nTables, figures and all of it on one page: {shown(page)}")


def _print(console: Console, comparison: Comparison) -> None:
    from evo.compare.page import group_cells, pair_cells
    from evo.text.amounts import count

    heads, rows = group_cells(comparison)
    letters = {row[0]: letter(number) for number, row in enumerate(rows)}
    for name, short in letters.items():
        _say(console, f"{short}  {name}")
    title = f"\nAfter {count(comparison.epochs)} epochs, medians of the runs"
    _say_table(console, title, ["", *heads[1:]], [[letters[row[0]], *row[1:]] for row in rows])
    if comparison.pairs:
        heads, rows = pair_cells(comparison.pairs)
        for row, pair in zip(rows, comparison.pairs, strict=True):
            row[0] = f"{letters[pair.ours]} over {letters[pair.theirs]}"
        _say_table(console, "\nPairs, by hypervolume", heads, rows)
    for note in comparison.notes:
        _say(console, f"\n{note}")


def letter(number: int) -> str:
    """Name groups A to Z, then A1 and so on."""
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)  # wrapped at words


def _say_table(console: Console, title: str, heads: list[str], rows: list[list[str]]) -> None:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for position, head in enumerate(heads):
        table.add_column(head, justify="right" if position else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)
