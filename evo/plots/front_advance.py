"""The front's advance: accuracy against active ratio at a few generations of the run."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from evo.plots.data import RunData
from evo.plots.style import accuracy_axis, new_figure

FRONTS = 5


def draw(data: RunData) -> Figure | None:
    """Draw the front at up to five generations, later ones darker."""
    if data.adults.empty or "active_ratio" not in data.adults:
        return None
    figure, axes = new_figure()
    last = int(data.adults["generation"].max())
    colours = mpl.colormaps["viridis_r"](np.linspace(0.12, 1.0, FRONTS))
    chosen = generations_shown(int(data.adults["generation"].min()), last)
    lowest, highest, right = 1.0, 0.0, 0.0
    for number, generation in enumerate(chosen):
        front = data.ratio_front_at(generation)
        colour = colours[FRONTS - len(chosen) + number]
        # A front dominates everything right of and below it: the steps go on to the right edge.
        x = [*front["active_ratio"], 2.0]
        y = [*front["accuracy"], front["accuracy"].iloc[-1]]
        width = 1.4 + 0.25 * number
        label = f"generation {generation}"
        axes.step(x, y, "o-", where="post", color=colour, lw=width, markersize=4.5, label=label)
        lowest = min(lowest, float(front["accuracy"].iloc[-1]) - 0.25)
        highest = max(highest, float(front["accuracy"].max()))
        right = max(right, float(front["active_ratio"].max()))
    accuracy_axis(axes, max(lowest, float(data.adults["accuracy"].min())), highest)
    axes.set_xlim(0, min(1.02, max(0.05, right * 1.06)))
    axes.set_xlabel("active ratio: active ÷ dense parameters of the same network")
    axes.set_title(f"{data.name}: how the front advanced")
    axes.legend(loc="lower right", fontsize=9)
    return figure


def generations_shown(first: int, last: int) -> list[int]:
    """Choose up to five generations, closer together early on, where the front moves most."""
    if last - first < FRONTS:
        return list(range(first, last + 1))
    places = np.geomspace(1, last - first + 1, FRONTS)
    return sorted({first + round(float(place)) - 1 for place in places})
