"""What `evo.load` returns: the tables of a run, and those behind its figures."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from evo.findings.tables import RunTables, open_folder
from evo.plots.figures import drawable
from evo.plots.reading import read


def load(run: str | Path, results: str | Path = "results") -> Tables:
    """Open a run by name under `results`, or by path; raises `BadInput` if it cannot be read."""
    return Tables(open_folder(run, results))


class Tables(RunTables):
    """The tables of a run, with those that its figures draw."""

    @cached_property
    def figures(self) -> dict[str, pd.DataFrame]:
        """What each figure of the run shows, by its name; those with nothing to show are missing.

        The same is in `figures/NAME.csv`, as of when the figure was drawn.
        """
        return {name: table for name, _, table in drawable(read(self))}
