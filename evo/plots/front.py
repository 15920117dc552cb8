"""The front: metric against active ratio, coloured by how many parameters are active."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from evo.plots.data import RunData, metric_of_table
from evo.plots.front_chance import (
    EDGE,
    chance_legend,
    draw_intervals,
    interval_ends,
    may_be_chance,
    with_chance,
)
from evo.plots.style import GREY, VERMILION, metric_axis, new_figure
from evo.text.amounts import count
from evo.text.figures import figure as written
from fitness.metric import Metric

LARGE, SMALL, FAINT, RING = 8.0, 5.5, 3.7, 14.5  # diameters in points


# The series of the table, besides the front of metric and ratio:
REST, OTHERS = "front by other objectives", "dominated"
BASELINE = "baseline"  # no network: its metric is a line across the figure


def edge_name(metric: Metric) -> str:
    """Return the series of those that are on the front of the metric and active ratio alone."""
    return f"front of {metric.label} and active ratio"


def table(data: RunData) -> pd.DataFrame | None:
    """Return all adults, the dominated first, which of them was exported, and the baseline."""
    if data.metric is None or data.front().empty:
        return None
    name = data.metric.name
    adults = pd.concat([data.dominated(), data.front()])
    series = adults["on_front"].map({True: REST, False: OTHERS})
    series = series.mask(adults["ratio_front"], edge_name(data.metric))
    networks = pd.DataFrame(
        {
            "series": series,
            "genome": adults["genome"],
            "active_ratio": adults["active_ratio"],
            name: adults[name],
            "active_parameters": adults["active_parameters"],
            "exported": adults["genome"].isin(data.exported),
        }
    )
    networks = with_chance(networks, series != OTHERS, data.chance)
    lines = [
        {
            "series": BASELINE,
            "genome": best.name,
            name: best.validation,
            "active_parameters": best.parameters,
            "exported": False,
        }
        for best in data.baselines[-1:]
    ]
    return pd.concat([networks, pd.DataFrame(lines)]) if lines else networks


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw all adults; the front in colour, the dominated faint, the exported one marked."""
    metric = metric_of_table(table)
    front = table[table["series"].isin((edge_name(metric), REST))]
    others = table[table["series"] == OTHERS]
    figure, axes = new_figure(7.6, 5.2)
    x, y = others["active_ratio"], others[metric.name]
    axes.scatter(x, y, s=FAINT**2, c=GREY, alpha=0.35, linewidths=0)
    edge = front[front["series"] == edge_name(metric)].sort_values("active_ratio")
    axes.step(
        edge["active_ratio"],
        edge[metric.name],
        where="post",
        color="#555555",
        linewidth=1,
        zorder=2,
    )
    draw_intervals(axes, front, metric)
    _colour(figure, axes, front, metric)
    exported = table[table["exported"]]
    axes.scatter(
        exported["active_ratio"],
        exported[metric.name],
        s=RING**2,
        facecolors="none",
        edgecolors=VERMILION,
        linewidths=2.2,
        zorder=4,
    )
    metric_axis(axes, metric, [*front[metric.name], *interval_ends(front, metric)])
    axes.set_xlabel("active ratio: active ÷ dense parameters of the same network")
    axes.set_xlim(0, min(1.02, max(0.05, float(front["active_ratio"].max()) * 1.06)))
    for value in table[table["series"] == BASELINE][metric.name]:
        axes.axhline(value, color=VERMILION, linewidth=1.2, linestyle="--", zorder=1)
    axes.set_title(f"{name}: {metric.label} against active ratio")
    _legend(figure, axes, table, metric)
    return figure


def _colour(figure: Figure, axes: Axes, front: pd.DataFrame, metric: Metric) -> None:
    """Draw the front's members, those of metric and ratio alone larger, and the colour bar.

    Those whose lead may be chance are hollow.
    """
    active = front["active_parameters"].clip(lower=1)
    low, high = float(active.min()), float(active.max())
    norm = LogNorm(low, high) if low < high else LogNorm(low / 1.5, high * 1.5)
    shades = ScalarMappable(norm, "viridis")
    for hollow, rows in front.groupby(may_be_chance(front)):
        colours: Any = shades.to_rgba(active[rows.index].to_numpy())
        axes.scatter(
            rows["active_ratio"],
            rows[metric.name],
            s=rows["series"].map({edge_name(metric): LARGE**2, REST: SMALL**2}),
            c="white" if hollow else colours,
            edgecolors=colours if hollow else "white",
            linewidths=EDGE if hollow else 0.7,
            zorder=3,
        )
    bar = figure.colorbar(shades, ax=axes, pad=0.02)
    bar.set_label("active parameters")
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.outline.set_visible(False)


def _legend(figure: Figure, axes: Axes, table: pd.DataFrame, metric: Metric) -> None:
    """Explain the marks below the axes, where they cover no data."""
    edge = edge_name(metric)
    entries = [_mark(LARGE, "#31688e", f"{edge} ({_number(axes, table, edge, metric)})")]
    if rest := _number(axes, table, REST, metric):
        entries.append(_mark(SMALL, "#31688e", f"on the run's front by other objectives ({rest})"))
    if dominated := _number(axes, table, OTHERS, metric):
        faint = f"other networks trained to the end ({dominated})"
        entries.append(_mark(FAINT, "#cccccc", faint))
    entries += chance_legend(table[table["series"].isin((edge, REST))], metric, LARGE)
    for _, row in table[table["exported"]].iterrows():
        size = f"{_value(row, metric)}, {count(row['active_parameters'])} active"
        ring = _mark(10, "none", f"exported: {row['genome']} ({size})")
        ring.set(markeredgecolor=VERMILION, markeredgewidth=2.2)
        entries.append(ring)
    for _, row in table[table["series"] == BASELINE].iterrows():
        size = f"{_value(row, metric)}, {count(row['active_parameters'])} parameters"
        place = _beyond(axes, float(row[metric.name]))
        text = f"without a search: {row['genome']} ({size}{place})"
        entries.append(Line2D([], [], color=VERMILION, linewidth=1.2, linestyle="--", label=text))
    figure.legend(handles=entries, loc="outside lower left", ncols=2, fontsize=9)


def _number(axes: Axes, table: pd.DataFrame, series: str, metric: Metric) -> str:
    """Say how many networks a series has, and how many of them cannot be seen; empty if none."""
    rows = table[table["series"] == series]
    (bottom, top), right = axes.get_ylim(), axes.get_xlim()[1]
    seen = rows[metric.name].between(bottom, top) & (rows["active_ratio"] <= right)
    hidden = int((~seen).sum())
    below = f", {hidden} of them outside the view" if hidden else ""
    return f"{len(rows)}{below}" if len(rows) else ""


def _beyond(axes: Axes, value: float) -> str:
    bottom, top = axes.get_ylim()
    return ", below the view" if value < bottom else ", above the view" if value > top else ""


def _value(row: pd.Series[Any], metric: Metric) -> str:
    return written(metric.name, row[metric.name], digits=1)


def _mark(diameter: float, colour: str, label: str) -> Line2D:
    return Line2D(
        [], [], marker="o", linestyle="none", markersize=diameter, color=colour, label=label,
        markeredgewidth=0,
    )  # fmt: skip
