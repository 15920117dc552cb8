"""The figures of a run by name. Each draws one table, and nothing that is not in it.

A figure is a file with `table(data)`, None if there is nothing to show yet, and `draw(table,
name)`, `name` being the run's. So the CSV beside a picture holds exactly what the picture shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import pandas as pd
from matplotlib.figure import Figure

from evo.plots import (
    apoptosis,
    calibration,
    front,
    front_advance,
    hypervolume,
    objectives,
    pruning,
    skill,
)
from evo.plots.data import RunData


class Drawing(Protocol):
    """What a figure's file provides."""

    def table(self, data: RunData) -> pd.DataFrame | None:
        """Return what is to be drawn, one row a point; None if there is nothing."""

    def draw(self, table: pd.DataFrame, name: str) -> Figure:
        """Draw the table of the run of this name."""


# The first that has something to show is drawn: a run has networks or a user's function.
FIGURES: Mapping[str, tuple[Drawing, ...]] = {
    "front": (front, objectives),
    "front_advance": (front_advance,),
    "hypervolume": (hypervolume,),
    "skill": (skill,),
    "calibration": (calibration,),
    "pruning": (pruning,),
    "apoptosis": (apoptosis,),
}


def drawable(data: RunData) -> Iterator[tuple[str, Drawing, pd.DataFrame]]:
    """Yield name, file and table of every figure for which there are data."""
    for name, drawings in FIGURES.items():
        for drawing in drawings:
            table = drawing.table(data)
            if table is not None:
                yield name, drawing, table.reset_index(drop=True)
                break
