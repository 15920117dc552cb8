"""How far the ensemble's predictions for juveniles are from their results, over generations."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evo.plots.data import RunData
from evo.plots.style import VERMILION, new_figure
from evo.text.figures import form
from evo.text.figures import label as named

POINTS = "_points"  # of percentages, as the names of the columns say


def table(data: RunData) -> pd.DataFrame | None:
    """Return bias and error of the ensemble by generation; None for runs that had no juveniles."""
    found = data.generations
    if "ensemble_bias" not in found or found["ensemble_bias"].notna().sum() == 0:
        return None
    known = found[found["ensemble_bias"].notna()]
    scale, unit = (100.0, POINTS) if form(data.main) == "percent" else (1.0, "")
    return pd.DataFrame(
        {
            "generation": known["generation"],
            f"bias{unit}": scale * known["ensemble_bias"].astype(float),
            f"root_mean_square_error{unit}": scale * known["ensemble_error"].astype(float),
            "objective": data.main,
        }
    )


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw the bias as a line, the error as a band about zero."""
    x, bias, error = (table[column] for column in table.columns[:3])
    objective = str(table["objective"].iloc[0])
    unit = ", points" if form(objective) == "percent" else ""
    figure, axes = new_figure()
    axes.axhline(0, color="black", linewidth=1)
    label = "root mean square error, both ways"
    axes.fill_between(x, -error, error, color=VERMILION, alpha=0.15, linewidth=0, label=label)
    axes.plot(x, bias, "o-", color=VERMILION, linewidth=1.8, markersize=4, label="bias")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("generation")
    axes.set_ylabel(f"predicted minus true ({named(objective)}{unit})")
    axes.set_title(f"{name}: is the ensemble of predictors calibrated?")
    axes.legend(loc="lower right", fontsize=10)
    return figure
