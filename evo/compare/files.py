"""What a comparison leaves behind: tables as CSV, figures, and one page that shows both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from evo.compare.comparison import Comparison, attained
from evo.compare.groups import Group
from evo.compare.page import page
from evo.errors import BadInput
from evo.files.atomic_file import unwritable, write_atomically
from evo.files.paths import shown

PAGE = "compare.html"
LONGEST = 80  # characters of a folder's name
CAPTIONS = {
    "hypervolume": "Hypervolume over the epochs spent",
    "fronts": "Fronts, two objectives at a time",
}


def default_folder(groups: Sequence[Group], results: Path) -> Path:
    """Return the default folder of a comparison: named by its groups."""
    name = "compare-" + "-vs-".join(group.name for group in groups)
    return results / re.sub(r"[^A-Za-z0-9.=_]+", "-", name)[:LONGEST].strip("-")


def reserve(folder: Path, *, overwrite: bool) -> None:
    """Make the folder; raises `BadInput` if it exists, unless it is an earlier comparison's."""
    if folder.exists() and not (overwrite and (folder / PAGE).is_file()):
        hint = "pass --overwrite to replace it" if (folder / PAGE).is_file() else "nothing is lost"
        raise BadInput(f"{shown(folder)} exists already; choose another --output ({hint})")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{unwritable(folder, error)}; choose another --output") from error


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write all files into a folder that is there; return them, the page first."""
    from evo.compare.figures import save_all

    tables = {
        "runs.csv": pd.DataFrame([asdict(score) for score in comparison.scores]),
        "pairs.csv": pair_table(comparison),
        "attainment.csv": surface_table(comparison),
    }
    written = []
    for name, table in tables.items():
        write_atomically(folder / name, table.to_csv(index=False, lineterminator="\n"))
        written.append(folder / name)
    figures = save_all(comparison, folder)
    drawn = [
        (CAPTIONS[path.stem], path.read_text(encoding="utf-8"))
        for path in figures
        if path.suffix == ".svg"
    ]
    write_atomically(folder / PAGE, page(comparison, drawn))
    return [folder / PAGE, *figures, *written]


def pair_table(comparison: Comparison) -> pd.DataFrame:
    """Return one row a pair of groups."""
    columns = ["ours", "theirs", "difference", "a12", "p", "p_holm", "cohens_d"]
    rows = [{**asdict(pair), "p_holm": pair.corrected, "cohens_d": pair.d} for pair in (
        comparison.pairs
    )]  # fmt: skip
    sizes = pd.DataFrame([p.sizes for p in comparison.pairs], columns=["our_runs", "their_runs"])
    return pd.concat([pd.DataFrame(rows, columns=columns), sizes], axis=1)


def surface_table(comparison: Comparison) -> pd.DataFrame:
    """Return the corners of every median surface: group, both objectives and their values."""
    main = comparison.main
    columns = ["group", "objective", "value", "main", "attained"]
    parts = []
    for group in comparison.groups:
        for axis in group.runs[0].axes.axes:
            if axis.name != main.name:
                corners = attained(group, (axis, main), comparison.epochs)
                rows = [(group.name, axis.name, x, main.name, y) for x, y in corners.tolist()]
                parts.append(pd.DataFrame(rows, columns=columns))
    return pd.concat(parts) if parts else pd.DataFrame(columns=columns)
