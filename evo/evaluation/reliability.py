"""Are stated probabilities right as often as they say? Tables, figure and error of calibration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evo.plots.style import BLUE, GREY, new_figure

GROUPS, LEAST = 15, 20  # groups at most, and examples in each at least


def reliability_table(
    stated: npt.NDArray[np.floating], right: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Return mean stated probability and share of right answers in groups of like probability.

    `stated` and `right` are (N,). Groups hold equal numbers of examples, as in adaptive
    calibration error (Nixon et al. 2019): most answers of a good network are near one.
    """
    order = np.argsort(stated, kind="stable")
    number = max(1, min(GROUPS, len(order) // LEAST))
    parts = np.array_split(order, number)
    return pd.DataFrame(
        {
            "examples": [len(part) for part in parts],
            "lowest": [float(stated[part].min()) for part in parts],
            "highest": [float(stated[part].max()) for part in parts],
            "stated": [float(stated[part].mean()) for part in parts],
            "right": [float(right[part].mean()) for part in parts],
        }
    )


def calibration_error(table: pd.DataFrame) -> float:
    """Return the mean distance of what is stated from what is right, weighted by examples."""
    distance = (table["stated"] - table["right"]).abs()
    return float((distance * table["examples"]).sum() / table["examples"].sum())


def draw_reliability(table: pd.DataFrame, title: str) -> Figure:
    """Draw the share that is right over what is stated, beside the line where both are equal."""
    figure, axes = new_figure(5.2, 4.8)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, label="as stated")
    axes.plot(table["stated"], table["right"], "o-", color=BLUE, markersize=5, label="measured")
    lowest = min(float(table["stated"].min()), float(table["right"].min()))
    start = max(0.0, lowest - 0.05)
    axes.set_xlim(start, 1.01)
    axes.set_ylim(start, 1.01)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel("stated probability")
    axes.set_ylabel("share that is right")
    axes.set_title(title)
    axes.legend(loc="upper left")
    return figure
