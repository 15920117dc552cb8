"""Draws every figure of a run into its folder `figures/`: PNG, SVG, and as CSV what they show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evo.files.atomic_file import write_atomically
from evo.plots.data import RunData
from evo.plots.figures import drawable
from evo.plots.style import WHOLE, house_style

ENDINGS = ("png", "svg")


def draw_figures(run: Path) -> list[Path]:
    """Draw what the record of a run allows; return the files, PNG before SVG before CSV."""
    from evo.findings.tables import read_tables
    from evo.plots.reading import read

    return save_figures(read(read_tables(run)), run / "figures")


def save_figures(data: RunData, folder: Path) -> list[Path]:
    """Draw and save all figures for which there are data."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with house_style():
        for name, drawing, table in drawable(data):
            written += save(drawing.draw(table, data.name), folder / name)
            written.append(save_table(table, folder / f"{name}.csv"))
    return written


def save(figure: Figure, path: Path, endings: Sequence[str] = ENDINGS) -> list[Path]:
    """Save a figure as PNG and SVG, within `house_style`; `path` has no ending."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it is laid out once, not for each file again
    whole = figure.get_tightbbox().padded(WHOLE["pad_inches"])
    written = []
    for ending in endings:
        file = path.with_name(f"{path.name}.{ending}")
        # No date in the SVG: the same record gives the same file.
        metadata = {"Date": None} if ending == "svg" else None
        figure.savefig(file, metadata=metadata, bbox_inches=whole)
        written.append(file)
    return written


def save_table(table: pd.DataFrame, path: Path) -> Path:
    """Save what a figure shows; numbers are written in full, so that the CSV draws it again."""
    write_atomically(path, table.to_csv(index=False, lineterminator="\n"))
    return path
