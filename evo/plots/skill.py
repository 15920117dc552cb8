"""The females' skill over generations, beside that of plain early accuracy on the same males."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evo.plots.data import RunData
from evo.plots.style import GREY, VERMILION, new_figure


def draw(data: RunData) -> Figure | None:
    """Draw both rank correlations with what the males became; zero is guessing."""
    table = data.generations
    if "jury_skill" not in table or table["jury_skill"].notna().sum() == 0:
        return None
    figure, axes = new_figure()
    axes.axhline(0, color="black", linewidth=1)
    axes.annotate(
        "guessing", (0, 0), xytext=(4, 3), textcoords="offset points", fontsize=9,
        xycoords=("axes fraction", "data"), color="#555555",
    )  # fmt: skip
    _curve(axes, table, "early_skill", "their early accuracy", GREY)
    _curve(axes, table, "jury_skill", "the females' jury", VERMILION)
    axes.set_ylim(*_limits(table))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("generation")
    axes.set_ylabel("Kendall's τ with what they became")
    axes.set_title(f"{data.name}: foretelling how young males end")
    axes.legend(loc="lower right", fontsize=10)
    return figure


def _curve(axes: Axes, table: pd.DataFrame, column: str, label: str, colour: str) -> None:
    if column not in table:
        return
    known = table[table[column].notna()]
    x, y = known["generation"], known[column].astype(float)
    axes.plot(x, y, "o-", color=colour, linewidth=1.8, markersize=4, label=f"foretold by {label}")


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    columns = [name for name in ("jury_skill", "early_skill") if name in table]
    values = table[columns].to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return min(-0.15, low - 0.1), min(1.03, max(0.5, high + 0.1))
