"""How far the ensemble's predictions for juveniles are from their results, over generations."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evo.plots.data import RunData
from evo.plots.style import VERMILION, new_figure

POINTS = "_points"  # of accuracy, as the names of the columns say


def table(data: RunData) -> pd.DataFrame | None:
    """Return bias and error of the ensemble by generation; None for runs that had no juveniles."""
    found = data.generations
    if "ensemble_bias" not in found or found["ensemble_bias"].notna().sum() == 0:
        return None
    known = found[found["ensemble_bias"].notna()]
    scale, unit = (100.0, POINTS) if "accuracy" in data.adults else (1.0, "")
    return pd.DataFrame(
        {
            "generation": known["generation"],
            f"bias{unit}": scale * known["ensemble_bias"].astype(float),
            f"root_mean_square_error{unit}": scale * known["ensemble_error"].astype(float),
        }
    )


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw the bias as a line, the error as a band about zero."""
    x, bias, error = (table[column] for column in table.columns)
    percent = str(table.columns[1]).endswith(POINTS)
    unit = "accuracy, points" if percent else "objective's own unit"
    figure, axes = new_figure()
    axes.axhline(0, color="black", linewidth=1)
    label = "root mean square error, both ways"
    axes.fill_between(x, -error, error, color=VERMILION, alpha=0.15, linewidth=0, label=label)
    axes.plot(x, bias, "o-", color=VERMILION, linewidth=1.8, markersize=4, label="bias")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("generation")
    axes.set_ylabel(f"predicted minus true ({unit})")
    axes.set_title(f"{name}: is the ensemble of predictors calibrated?")
    axes.legend(loc="lower right", fontsize=10)
    return figure
