"""Turns the record of a run into what the figures need."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evo.export_notes import exported_genomes
from evo.function_config import read_function_config
from evo.plots.data import RunData, ratio_front
from evo.tables import load


def read(run: Path) -> RunData:
    """Read a run's folder, also while it runs; raises `BadInput` if it is not one."""
    tables = load(run)
    exported = exported_genomes(tables.folder)[-1:]
    function = read_function_config(tables.folder.config) or {}
    return RunData(
        name=tables.folder.path.resolve().name,
        adults=_adults(tables.adults, tables.front),
        generations=tables.generations,
        exported=tuple(exported),
        objectives=tuple(function.get("objectives", ())),
        curves=tables.curves,
    )


def _adults(adults: pd.DataFrame, front: pd.DataFrame) -> pd.DataFrame:
    """Keep those that ended well, once a training, and mark the front as `pareto.csv` has it."""
    grown = adults[adults["status"] == "ok"].drop_duplicates("job").reset_index(drop=True)
    grown = grown.assign(on_front=grown["genome"].isin(front["genome"]))
    if not {"accuracy", "active_ratio"} <= set(grown.columns):
        return grown.assign(ratio_front=False)
    return grown.assign(ratio_front=ratio_front(grown) & grown["on_front"])
