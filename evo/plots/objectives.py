"""The front of a search of a user's function: each objective against the first."""

from __future__ import annotations

from matplotlib.figure import Figure

from evo.plots.data import RunData
from evo.plots.style import BLUE, GREY

DECADES = 100.0  # a larger ratio of the largest to the smallest value is drawn on a log scale


def draw(data: RunData) -> Figure | None:
    """Draw all adults faint and the front in colour; None for networks and single objectives."""
    names = data.objectives
    if len(names) < 2 or "active_ratio" in data.adults or data.adults.empty:
        return None
    first, others = names[0], names[1:]
    figure = Figure(figsize=(7.6, 0.6 + 4.0 * len(others)), layout="constrained")
    places = figure.subplots(len(others), squeeze=False)[:, 0]
    for place, name in zip(places, others, strict=True):
        for rows, colour, label in (
            (data.dominated(), GREY, "other adults"),
            (data.front(), BLUE, "front"),
        ):
            place.scatter(rows[name], rows[first], s=28, c=colour, linewidths=0, label=label)
        low, high = float(data.adults[name].min()), float(data.adults[name].max())
        if low > 0 and high / low > DECADES:
            place.set_xscale("log")
        place.set_xlabel(name)
        place.set_ylabel(first)
    places[0].set_title(f"{data.name}: the front")
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
    return figure
