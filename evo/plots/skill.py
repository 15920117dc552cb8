"""The predictors' skill over generations, beside that of the controls."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evo.plots.data import RunData
from evo.plots.style import GREY, VERMILION, new_figure
from evo.text.figures import label

ENSEMBLE = "predicted by the ensemble of predictors"  # a series of the table
CONTROLS = {
    "plan_skill": "predicted by size alone",
    "parents_skill": "predicted by the parents' mean",
}
STYLES = ("--", ":", "-.")  # of the others


def table(data: RunData) -> pd.DataFrame | None:
    """Return the rank correlations with the results, by generation."""
    found = data.generations
    if "ensemble_skill" not in found or found["ensemble_skill"].notna().sum() == 0:
        return None
    series = {"early_skill": f"predicted by early {label(data.main)}", **CONTROLS}
    lines = [
        found[["generation"]]
        .assign(series=name, kendall_tau=found[column].astype(float))
        .dropna(subset="kendall_tau")
        for column, name in {**series, "ensemble_skill": ENSEMBLE}.items()
        if column in found
    ]
    return pd.concat(lines)[["series", "generation", "kendall_tau"]]


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw a line for each who predicts; zero is guessing."""
    figure, axes = new_figure()
    axes.axhline(0, color="black", linewidth=1)
    axes.annotate(
        "guessing", (0, 0), xytext=(4, 3), textcoords="offset points", fontsize=9,
        xycoords=("axes fraction", "data"), color="#555555",
    )  # fmt: skip
    styles = iter(STYLES)
    for series, known in table.groupby("series", sort=False):
        style = "o-" if series == ENSEMBLE else next(styles)
        _curve(axes, known, str(series), style)
    axes.set_ylim(*_limits(table["kendall_tau"]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("generation")
    axes.set_ylabel("Kendall's τ with the results when fully trained")
    axes.set_title(f"{name}: predicting the results of partly trained networks")
    axes.legend(loc="best", fontsize=10)
    return figure


def _curve(axes: Axes, known: pd.DataFrame, series: str, style: str) -> None:
    x, y = known["generation"], known["kendall_tau"]
    colour = VERMILION if series == ENSEMBLE else GREY
    axes.plot(x, y, style, color=colour, linewidth=1.8, markersize=4, label=series)


def _limits(values: pd.Series[float]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return min(-0.15, low - 0.1), min(1.03, max(0.5, high + 0.1))
