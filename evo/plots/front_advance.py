"""The front's advance: accuracy against active ratio at a few generations of the run."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evo.plots.data import RunData
from evo.plots.style import accuracy_axis, new_figure

FRONTS = 5


def table(data: RunData) -> pd.DataFrame | None:
    """Return the front at up to five generations."""
    if data.adults.empty or "active_ratio" not in data.adults:
        return None
    born = data.adults["generation"]
    columns = ["genome", "active_ratio", "accuracy"]
    fronts = [
        data.ratio_front_at(generation)[columns].assign(generation=generation)
        for generation in generations_shown(int(born.min()), int(born.max()))
    ]
    return pd.concat(fronts)[["generation", *columns]]


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw the fronts, later ones darker."""
    figure, axes = new_figure()
    colours = mpl.colormaps["viridis_r"](np.linspace(0.12, 1.0, FRONTS))
    chosen = [int(generation) for generation in table["generation"].unique()]
    lowest = 1.0
    for number, generation in enumerate(chosen):
        front = table[table["generation"] == generation]
        colour = colours[FRONTS - len(chosen) + number]
        # A front dominates everything right of and below it: the steps go on to the right edge.
        x = [*front["active_ratio"], 2.0]
        y = [*front["accuracy"], front["accuracy"].iloc[-1]]
        width = 1.4 + 0.25 * number
        label = f"generation {generation}"
        axes.step(x, y, "o-", where="post", color=colour, lw=width, markersize=4.5, label=label)
        lowest = min(lowest, float(front["accuracy"].iloc[-1]) - 0.25)
    right = float(table["active_ratio"].max())
    accuracies = table["accuracy"]
    accuracy_axis(axes, max(lowest, float(accuracies.min())), float(accuracies.max()))
    axes.set_xlim(0, min(1.02, max(0.05, right * 1.06)))
    axes.set_xlabel("active ratio: active ÷ dense parameters of the same network")
    axes.set_title(f"{name}: how the front advanced")
    axes.legend(loc="lower right", fontsize=9)
    return figure


def generations_shown(first: int, last: int) -> list[int]:
    """Choose up to five generations, closer together early on, where the front moves most."""
    if last - first < FRONTS:
        return list(range(first, last + 1))
    places = np.geomspace(1, last - first + 1, FRONTS)
    return sorted({first + round(float(place)) - 1 for place in places})
