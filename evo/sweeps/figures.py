"""The figures of a sweep: the metric over what is left, and its difference to the unpruned.

Both draw one table, `point_table`, which lies beside them as CSV.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from evo.plots.drawing import save, save_table
from evo.plots.style import BLUE, GREEN, VERMILION, house_style, metric_axis
from evo.running.from_scratch import SPLITS
from evo.sweeps.networks import UNPRUNED
from evo.sweeps.statistics import Point
from evo.sweeps.tables import point_table
from evo.text.amounts import short_count
from fitness.metric import Metric

# The colours of Okabe and Ito, each with a mark of its own; then again.
LOOKS = (
    (BLUE, "o"), (VERMILION, "s"), (GREEN, "^"), ("#CC79A7", "D"), ("#E69F00", "v"),
    ("#56B4E9", "P"),
)  # fmt: skip
BELOW, ABOVE = 9.0, 5.0  # standard deviations of the unpruned network that a difference is shown
DODGE = 0.003  # by which curves stand apart, so that their intervals can be told apart


def draw_figures(points: Sequence[Point], metric: Metric, folder: Path) -> list[Path]:
    """Draw both into `figures/`: PNG, SVG, and as CSV what they show; return the files."""
    table = point_table(points, metric)
    place = folder / "figures"
    place.mkdir(exist_ok=True)
    written = []
    with house_style():
        for name, draw in FIGURES.items():
            written += save(draw(table, metric, folder.name), place / name)
    return [*written, save_table(table, place / "pruning_curve.csv")]


def draw_curve(table: pd.DataFrame, metric: Metric, name: str) -> Figure:
    """Draw a row a split: over active parameters, and over the share that was pruned."""
    figure = Figure(figsize=(11.0, 8.0), layout="constrained")
    places = figure.subplots(2, 2, sharey="row")
    for row, split in zip(places, SPLITS, strict=True):
        y = f"{split}_{metric.name}"
        metric_axis(row[0], metric, table[y].dropna().tolist(), split)
        for place, x in zip(row, ("active_parameters", "pruned_share"), strict=True):
            _curves(place, table, x, y)
            _reference(place, table, y)
        _count_axis(row[0], table["active_parameters"])
        _share_axis(row[1])
        _count_hidden(row[1], table[y], metric)
    _title(figure, f"{name}: {metric.label} after pruning")
    _legend(figure, places[0, 0])
    return figure


def draw_difference(table: pd.DataFrame, metric: Metric, name: str) -> Figure:
    """Draw a panel a split: the difference to the unpruned network, near zero."""
    figure = Figure(figsize=(11.0, 4.8), layout="constrained")
    places = figure.subplots(1, 2, sharex=True)
    for place, split in zip(places, SPLITS, strict=True):
        noise = float(table[f"{split}_{metric.name}_deviation"].iloc[0])
        place.axhline(0.0, color="black", linewidth=1.0, linestyle="--", label=UNPRUNED)
        if noise > 0.0:
            label = "± one standard deviation of the unpruned network over seeds"
            place.axhspan(-noise, noise, color="#d9d9d9", alpha=0.6, linewidth=0, label=label)
        _near_zero(place, table[f"{split}_difference"].dropna(), noise, metric)
        _curves(place, table, "pruned_share", f"{split}_difference")
        _count_hidden(place, table[f"{split}_difference"], metric)
        unit = " (points)" if metric.shown == "percent" else ""
        place.set_ylabel(f"{split} {metric.label} minus unpruned{unit}")
        if metric.shown == "percent":
            place.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}"))
        _share_axis(place)
    _title(figure, f"{name}: is a pruned network better than the unpruned one?")
    _legend(figure, places[0])
    return figure


def _curves(place: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Draw the curves, and the intervals over the seeds of what is in view."""
    curves = [curve for curve in table["curve"].unique() if curve != UNPRUNED]
    for number, curve in enumerate(curves):
        rows = table[(table["curve"] == curve) & table[y].notna()]
        colour, mark = LOOKS[number % len(LOOKS)]
        across = rows[x] + (DODGE * (number - (len(curves) - 1) / 2) if x == "pruned_share" else 0)
        place.plot(across, rows[y], mark + "-", color=colour, lw=1.4, markersize=4, label=curve)
        known = rows[f"{y}_low"].notna() & rows[y].between(*place.get_ylim())
        place.vlines(
            across[known], rows[f"{y}_low"][known], rows[f"{y}_high"][known], colors=colour,
            linewidth=1.1, alpha=0.55,
        )  # fmt: skip


def _reference(place: Axes, table: pd.DataFrame, y: str) -> None:
    """Draw the unpruned network as a line, with its interval."""
    row: Any = table.iloc[0]
    place.axhline(row[y], color="black", linewidth=1.0, linestyle="--", label=UNPRUNED)
    if not np.isnan(row[f"{y}_low"]):
        place.axhspan(row[f"{y}_low"], row[f"{y}_high"], color="#d9d9d9", alpha=0.6, linewidth=0)


def _near_zero(place: Axes, values: pd.Series[float], noise: float, metric: Metric) -> None:
    """Set the view to what is near zero beside the noise, to all if none is known."""
    sign = 1.0 if metric.rises else -1.0
    gains = sign * values
    least, most = min(float(gains.min()), 0.0), max(float(gains.max()), 0.0)
    if noise > 0.0:
        low, high = max(least - noise, -BELOW * noise), max(most + noise, ABOVE * noise)
    else:
        margin = 0.08 * (most - least) or 1.0
        low, high = least - margin, most + margin
    place.set_ylim(*sorted((sign * low, sign * high)))


def _count_hidden(place: Axes, values: pd.Series[float], metric: Metric) -> None:
    """Say how many points lie beyond the view."""
    known = values.dropna()
    if hidden := int((~known.between(*place.get_ylim())).sum()):
        points = f"{hidden} point{'s' * (hidden > 1)} beyond the view"
        corner = (0.02, 0.03 if metric.rises else 0.94)
        place.annotate(points, corner, xycoords="axes fraction", fontsize=9, color="#555555")


def _count_axis(place: Axes, counts: pd.Series[float]) -> None:
    place.set_xscale("log")
    wide = float(counts.max()) / max(1.0, float(counts.min())) >= 300
    place.xaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
    place.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_count(value)))
    place.xaxis.set_minor_formatter(NullFormatter())
    place.set_xlabel("active parameters")


def _share_axis(place: Axes) -> None:
    place.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}"))
    place.set_xlim(-0.02, 1.02)
    place.set_xlabel("parameters pruned (%)")


def _title(figure: Figure, text: str) -> None:
    figure.suptitle(text, x=0.01, ha="left", fontsize=13, fontweight="bold")


def _legend(figure: Figure, place: Axes) -> None:
    handles, labels = place.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    figure.legend(
        named.values(),
        named.keys(),
        loc="outside lower left",
        ncols=min(4, len(named)),
        fontsize=9,
    )


FIGURES = {"pruning_curve": draw_curve, "difference": draw_difference}
