"""The front of a search of a user's function: each objective against the first."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from evo.plots.data import RunData
from evo.plots.style import BLUE, GREY

DECADES = 100.0  # a larger ratio of the largest to the smallest value is drawn on a log scale


def table(data: RunData) -> pd.DataFrame | None:
    """Return all adults by their objectives; None for networks and single objectives."""
    if len(data.objectives) < 2 or data.metric is not None or data.adults.empty:
        return None
    adults = pd.concat([data.dominated(), data.front()])
    series = adults["on_front"].map({True: "front", False: "other fully trained"})
    found = adults[["genome", *data.objectives]]
    found.insert(0, "series" if "series" not in data.objectives else "drawn_as", series)
    return found


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw all adults faint and the front in colour."""
    series, first, others = table.columns[0], table.columns[2], table.columns[3:]
    figure = Figure(figsize=(7.6, 0.6 + 4.0 * len(others)), layout="constrained")
    places = figure.subplots(len(others), squeeze=False)[:, 0]
    for place, other in zip(places, others, strict=True):
        for label, colour in (("other fully trained", GREY), ("front", BLUE)):
            rows = table[table[series] == label]
            place.scatter(rows[other], rows[first], s=28, c=colour, linewidths=0, label=label)
        low, high = float(table[other].min()), float(table[other].max())
        if low > 0 and high / low > DECADES:
            place.set_xscale("log")
        place.set_xlabel(other)
        place.set_ylabel(first)
    places[0].set_title(f"{name}: the front")
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
    return figure
