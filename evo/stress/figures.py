"""Figures of a stress test: the metric over severity and over epsilon, and how strangers show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evo.plots.style import BLUE, GREEN, VERMILION, axis_title
from evo.stress.attack_table import NO_ATTACK
from evo.stress.corrupted_answers import CLEAN, means
from fitness.metric import Metric
from fitness.stress.corruption import SEVERITIES

# The colours of Okabe and Ito, the export's first.
COLOURS = (BLUE, VERMILION, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "black")
MARKS = "os^Dvx+"
ACROSS = 3  # panels beside each other
MEAN = "mean"


def draw_corruptions(table: pd.DataFrame, metric: Metric, title: str) -> Figure:
    """Draw the metric over severity, a panel for each corruption and one for their mean."""
    names = [name for name in table["corruption"].unique() if name != CLEAN]
    severities = (0, *SEVERITIES)
    figure, panels = _panels([*names, MEAN] if names else [], title)
    clean = table[table["corruption"] == CLEAN].set_index("network")[metric.name]
    for name, axes in panels.items():
        rows = table[table["corruption"] == name] if name != MEAN else table
        for look, network in _looks(table):
            own = rows[(rows["network"] == network) & (rows["severity"] > 0)]
            mean = means(own, metric.name, "severity")
            axes.plot(severities, [clean[network], *mean], label=network, **look)
        axes.set_xlabel("severity")
        axes.set_xticks(severities)
    return _finished(figure, panels, metric)


def draw_attacks(table: pd.DataFrame, metric: Metric, title: str) -> Figure:
    """Draw the metric over epsilon, a panel for each attack."""
    figure, panels = _panels(
        [name for name in table["attack"].unique() if name != NO_ATTACK], title
    )
    for name, axes in panels.items():
        at = table[table["attack"].isin([NO_ATTACK, name])]
        for look, network in _looks(table):
            own = at[at["network"] == network].sort_values("share_of_range")
            axes.plot(100 * own["share_of_range"], own[metric.name], label=network, **look)
        axes.set_xlabel("epsilon (% of the range)")
        axes.set_xlim(left=0)
    return _finished(figure, panels, metric)


def draw_foreign(table: pd.DataFrame, metric: Metric, title: str) -> Figure:
    """Draw the AUROC of each score of each network, a panel for each kind of foreign inputs."""
    figure, panels = _panels(list(table["inputs"].unique()), title)
    scores = list(table["score"].unique())
    for name, axes in panels.items():
        axes.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
        for look, network in _looks(table):
            own = table[(table["network"] == network) & (table["inputs"] == name)]
            at = [scores.index(score) for score in own["score"]]
            axes.plot(at, own["auroc"], label=network, **{**look, "linestyle": "none"})
        axes.set_xticks(range(len(scores)), scores)
        axes.set_xlim(-0.5, len(scores) - 0.5)
        axes.set_ylim(-0.03, 1.03)
    first = next(iter(panels.values()))
    first.set_ylabel("AUROC (dashed: by chance)")
    _legend(figure, first)
    return figure


Draw = Callable[[pd.DataFrame, Metric, str], Figure]
FIGURES: dict[str, Draw] = {
    "corruptions": draw_corruptions,
    "attacks": draw_attacks,
    "foreign_inputs": draw_foreign,
}


def _panels(names: list[str], title: str) -> tuple[Figure, dict[str, Axes]]:
    """Make a panel for each name, in rows, with one scale."""
    across, down = min(ACROSS, len(names)), ceil(len(names) / ACROSS)
    with mpl.rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(1.0 + 3.2 * across, 1.2 + 2.6 * down), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    grid = figure.subplots(down, across, sharey=True, squeeze=False)
    places = list(grid.flat)
    for axes in places[len(names) :]:
        axes.remove()
    panels = dict(zip(names, places, strict=False))
    for name, axes in panels.items():
        axes.set_title(name.replace("-", " "), fontsize=11)
    return figure, panels


def _looks(table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], str]]:
    for number, network in enumerate(table["network"].unique()):
        place = number % len(COLOURS)
        yield {"color": COLOURS[place], "marker": MARKS[place], "markersize": 4}, str(network)


def _finished(figure: Figure, panels: dict[str, Axes], metric: Metric) -> Figure:
    """Name the vertical axes, once a row, and the lines."""
    every = list(panels.values())
    for axes in every[::ACROSS]:
        axes.set_ylabel(axis_title(metric, "").strip())
    if metric.shown == "percent":
        every[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
    low, high = every[0].get_ylim()
    if not np.isfinite([low, high]).all():
        every[0].set_ylim(0, 1)
    _legend(figure, every[0])
    return figure


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        figure.legend(handles, labels, loc="outside lower left", ncols=min(3, len(labels)))
