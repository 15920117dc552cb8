"""The front's advance: metric against active ratio at a few generations of the run."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evo.plots.data import RunData, metric_of_table
from evo.plots.style import metric_axis, new_figure
from fitness.metric import Metric

FRONTS = 5
LOWER = 0.25  # by so much less than the best of a front a share may be and still be in view


def table(data: RunData) -> pd.DataFrame | None:
    """Return the front at up to five generations."""
    if data.metric is None or data.adults.empty:
        return None
    born = data.adults["generation"]
    columns = ["genome", "active_ratio", data.metric.name]
    fronts = [
        data.ratio_front_at(generation, data.metric)[columns].assign(generation=generation)
        for generation in generations_shown(int(born.min()), int(born.max()))
    ]
    return pd.concat(fronts)[["generation", *columns]]


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw the fronts, later ones darker."""
    figure, axes = new_figure()
    metric = metric_of_table(table)
    colours = mpl.colormaps["viridis_r"](np.linspace(0.12, 1.0, FRONTS))
    chosen = [int(generation) for generation in table["generation"].unique()]
    for number, generation in enumerate(chosen):
        front = table[table["generation"] == generation]
        colour = colours[FRONTS - len(chosen) + number]
        # A front dominates all that is right of and worse than it: steps go on to the right edge.
        x = [*front["active_ratio"], 2.0]
        y = [*front[metric.name], front[metric.name].iloc[-1]]
        width = 1.4 + 0.25 * number
        label = f"generation {generation}"
        axes.step(x, y, "o-", where="post", color=colour, lw=width, markersize=4.5, label=label)
    right = float(table["active_ratio"].max())
    metric_axis(axes, metric, _shown(table, metric))
    axes.set_xlim(0, min(1.02, max(0.05, right * 1.06)))
    axes.set_xlabel("active ratio: active ÷ dense parameters of the same network")
    axes.set_title(f"{name}: how the front advanced")
    axes.legend(loc="lower right" if metric.rises else "upper right", fontsize=9)
    return figure


def _shown(table: pd.DataFrame, metric: Metric) -> list[float]:
    """Return the values to have in view: shares not far below the best of each front."""
    sign = 1.0 if metric.rises else -1.0
    good = sign * table[metric.name]
    if metric.shown == "percent":
        good = good.clip(lower=float(good.groupby(table["generation"]).max().min()) - LOWER)
    return [float(value) for value in sign * good]


def generations_shown(first: int, last: int) -> list[int]:
    """Choose up to five generations, closer together early on, where the front moves most."""
    if last - first < FRONTS:
        return list(range(first, last + 1))
    places = np.geomspace(1, last - first + 1, FRONTS)
    return sorted({first + round(float(place)) - 1 for place in places})
