"""Turns the record of a run into what the figures need."""

from __future__ import annotations

import pandas as pd

from evo.findings.baselines import read_baselines
from evo.findings.tables import RunTables
from evo.plots.data import RunData, ratio_front
from evo.record.export_notes import exported_genomes
from evo.record.front_intervals import MetricChance
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import load_toml, metric_of
from evo.settings.function_config import read_function_config
from fitness.metric import Metric


def read(tables: RunTables) -> RunData:
    """Return what the figures need of a run's tables."""
    exported = exported_genomes(tables.folder)[-1:]
    front = tables.front  # first of all: what reads it loads the run's plugins
    metric, objectives = _asked(tables.folder)
    adults = _adults(tables.adults, front, metric)
    with Store.open(tables.folder.database, read_only=True) as store:
        baselines = read_baselines(store)
        chance = MetricChance.of(store, metric.name) if metric else None
    return RunData(
        name=tables.folder.path.resolve().name,
        adults=adults,
        generations=tables.generations,
        exported=tuple(exported),
        metric=metric,
        objectives=objectives,
        curves=_curves(tables.curves, adults),
        baselines=baselines,
        chance=chance,
    )


def _asked(folder: RunFolder) -> tuple[Metric | None, tuple[str, ...]]:
    """Return the metric of a run, None for a user's function, and the names of its objectives."""
    function = read_function_config(folder.config)
    if function:
        return None, tuple(function["objectives"])
    config = load_toml(folder.config)
    return metric_of(config), config.objectives


def _curves(curves: pd.DataFrame, adults: pd.DataFrame) -> pd.DataFrame:
    """Return all epochs of the adults, juvenile ones included.

    Equal networks share one training, so jobs identify it, not genomes.
    """
    keys = adults["job"].str.rsplit("-", n=1).str[0]
    owners = dict(zip(keys, adults["genome"], strict=True))
    genomes = curves["job"].str.rsplit("-", n=1).str[0].map(owners)
    return curves.assign(genome=genomes)[genomes.notna()].sort_values(["genome", "epoch"])


def _adults(adults: pd.DataFrame, front: pd.DataFrame, metric: Metric | None) -> pd.DataFrame:
    """Keep those that ended well, once a training, and mark the front as `pareto.csv` has it."""
    grown = adults[adults["status"] == "ok"].drop_duplicates("job").reset_index(drop=True)
    grown = grown.assign(on_front=grown["genome"].isin(front["genome"]))
    if metric is None or not {metric.name, "active_ratio"} <= set(grown.columns):
        return grown.assign(ratio_front=False)
    return grown.assign(ratio_front=ratio_front(grown, metric))
