"""Hypervolume against epochs of training spent."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from evo.plots.data import RunData
from evo.plots.style import BLUE, new_figure

MARKS = 6  # generations that are named on the curve


def table(data: RunData) -> pd.DataFrame | None:
    """Return the hypervolume after every generation, and the epochs spent until then."""
    if data.generations.empty or "hypervolume" not in data.generations:
        return None
    return data.generations[["generation", "epochs_spent", "hypervolume"]]


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw the hypervolume over the epochs; a few generations are named."""
    figure, axes = new_figure()
    epochs, volume = table["epochs_spent"], table["hypervolume"]
    axes.step(epochs, volume, where="post", color=BLUE, linewidth=2)
    marked = table.iloc[_evenly(len(table))]
    axes.plot(marked["epochs_spent"], marked["hypervolume"], "o", color=BLUE, markersize=6)
    for _, row in marked.iterrows():
        axes.annotate(
            f"generation {int(row['generation'])}",
            (row["epochs_spent"], row["hypervolume"]),
            xytext=(5, -6),
            textcoords="offset points",
            va="top",
            fontsize=9,
            color="#555555",
        )
    low, high = float(volume.min()), float(volume.max())
    margin = max(0.12 * (high - low), 0.005)
    axes.set_ylim(max(0.0, low - margin), high + margin)
    axes.set_xlim(0, float(epochs.max()) * 1.16)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("epochs of training spent")
    axes.set_ylabel("hypervolume (share of the unit cube)")
    axes.set_title(f"{name}: hypervolume {high:.4f} after {int(epochs.max()):,} epochs")
    return figure


def _evenly(length: int) -> list[int]:
    number = min(MARKS, length)
    return sorted({round(i * (length - 1) / max(number - 1, 1)) for i in range(number)})
