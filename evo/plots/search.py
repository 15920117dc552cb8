"""The figure of a search's result: its front, or of a single objective how the best advanced."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from evo.plots import objectives as front_by_objectives
from evo.plots.style import BLUE, house_style, new_figure


def search_figure(
    history: pd.DataFrame, front: pd.DataFrame, objectives: Sequence[str], name: str
) -> Figure:
    """Draw a result; several objectives each against the first, one over the epochs spent."""
    with house_style():
        adults = history[(history["stage"] == "adult") & (history["status"] == "ok")]
        if len(objectives) > 1:
            return front_by_objectives.draw(_table(adults, front, objectives), name)
        return _advance(adults, objectives[0], front, name)


def _table(adults: pd.DataFrame, front: pd.DataFrame, objectives: Sequence[str]) -> pd.DataFrame:
    on_front = adults["genome"].isin(front.index)
    table = pd.concat([adults[~on_front], adults[on_front]])[["genome", *objectives]]
    series = on_front[table.index].map({True: "front", False: "other fully trained"})
    table.insert(0, "drawn_as", series)
    return table


def _advance(adults: pd.DataFrame, objective: str, front: pd.DataFrame, name: str) -> Figure:
    figure, axes = new_figure()
    axes.plot(adults["epochs_spent"], adults[objective], "o", color=BLUE, alpha=0.4, markersize=5)
    if len(front):
        axes.axhline(float(front[objective].iloc[0]), color=BLUE, linewidth=2)
    axes.set_xlabel("epochs spent")
    axes.set_ylabel(objective)
    axes.set_title(f"{name}: all fully trained, and the best")
    return figure
