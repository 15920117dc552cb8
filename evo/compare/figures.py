"""Figures of a comparison: hypervolume over epochs, and fronts under their median surfaces.

All points come from `evo.compare.tables`; the comparison itself gives names, axes and colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes as Place
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, StrMethodFormatter

from evo.compare.comparison import Comparison
from evo.compare.groups import Group
from evo.compare.tables import FRONT, SURFACE, front_table, volume_table
from evo.pareto.dominance import Axis
from evo.plots.drawing import save, save_table
from evo.plots.style import BLUE, GREEN, VERMILION, house_style, metric_axis, new_figure
from evo.text.amounts import short_count
from evo.text.figures import label
from fitness.metric import METRICS, Metric

# The colours of Okabe and Ito in an order that stays apart in grey; then again, dashed.
COLOURS = (BLUE, VERMILION, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "black")
STYLES = ("-", "--", ":")

Points = npt.NDArray[np.float64]


def tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Return what there is to draw, by the figure's name; a single objective has no front."""
    found = {"hypervolume": volume_table(comparison)}
    if len(comparison.groups[0].runs[0].axes.axes) > 1:
        found["fronts"] = front_table(comparison)
    return found


def draw_all(
    comparison: Comparison, drawn: Mapping[str, pd.DataFrame] | None = None
) -> dict[str, Figure]:
    """Draw these tables, or all there are, by name."""
    draw = {"hypervolume": draw_volumes, "fronts": draw_fronts}
    with house_style(), mpl.rc_context({"text.parse_math": False}):  # names are names
        return {
            name: draw[name](comparison, table)
            for name, table in (drawn or tables(comparison)).items()
        }


def save_all(comparison: Comparison, folder: Path) -> list[Path]:
    """Save every figure in a folder that is there; return the files, PNG before SVG before CSV."""
    drawn = tables(comparison)
    written = []
    with house_style():
        for name, figure in draw_all(comparison, drawn).items():
            written += save(figure, folder / name)
            written.append(save_table(drawn[name], folder / f"{name}.csv"))
    return written


def draw_volumes(comparison: Comparison, table: pd.DataFrame) -> Figure:
    """Draw median and quartiles of the hypervolume over epochs, and where all are compared."""
    figure, place = new_figure()
    for number, group in enumerate(comparison.groups):
        rows, look = table[table["group"] == group.name], _look(number)
        epochs = rows["epochs"]
        place.step(epochs, rows["median"], where="post", lw=2, label=_label(group), **look)
        if len(group.runs) > 1:
            low, high = rows["lower"], rows["upper"]
            place.fill_between(
                epochs, low, high, step="post", color=look["color"], alpha=0.18, linewidth=0
            )
        end = rows.iloc[-1]
        place.plot(end["epochs"], end["median"], "o", color=look["color"], markersize=5)
    if max(group.spent for group in comparison.groups) > comparison.epochs:
        place.axvline(comparison.epochs, color="#555555", linewidth=1, linestyle=":")
        place.annotate(
            f"compared at {comparison.epochs:,.0f}", (comparison.epochs, 0), xytext=(-4, 4),
            xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=9,
            color="#555555", ha="right",
        )  # fmt: skip
    place.set_xlim(left=0)
    place.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    place.set_xlabel("epochs of training spent")
    place.set_ylabel("hypervolume (share of the unit cube)")
    several = any(len(group.runs) > 1 for group in comparison.groups)
    place.set_title("Hypervolume" + (": median and quartiles of the runs" if several else ""))
    figure.legend(loc="outside lower left", ncols=2, fontsize=9)
    return figure


def draw_fronts(comparison: Comparison, table: pd.DataFrame) -> Figure:
    """Draw the main objective against each other one: fronts faint, median surfaces as lines."""
    main = comparison.main
    axes = comparison.groups[0].runs[0].axes
    others = [axis for axis in axes.axes if axis.name != main.name]
    figure = Figure(figsize=(1.0 + 5.2 * len(others), 5.0), layout="constrained")
    places = figure.subplots(1, len(others), squeeze=False, sharey=True)[0]
    heights = [
        _draw_panel(place, comparison.groups, (other, main), table)
        for place, other in zip(places, others, strict=True)
    ]
    of_networks = axes.metric is not None and main.name in METRICS
    metric = Metric.load(main.name) if of_networks else None
    _scale_upright(places[0], main, metric, np.concatenate(heights))
    several = any(len(group.runs) > 1 for group in comparison.groups)
    title = "Fronts, and what half of the runs attained" if several else "Fronts"
    figure.suptitle(
        f"{title} in {comparison.epochs:,.0f} epochs", x=0.01, ha="left", fontsize=13,
        fontweight="bold",
    )  # fmt: skip
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, fontsize=9)
    return figure


def _draw_panel(
    place: Place, groups: tuple[Group, ...], axes: tuple[Axis, Axis], table: pd.DataFrame
) -> Points:
    """Draw one objective against the main one; return the latter's values (N,) to be shown."""
    panel = table[table["objective"] == axes[0].name]
    for number, group in enumerate(groups):
        look, rows = _look(number), panel[panel["group"] == group.name]
        for _, front in rows[rows["series"] == FRONT].groupby("run", sort=False):
            x, y = front["value"], front["attained"]
            place.scatter(x, y, s=16, color=look["color"], alpha=0.4, linewidths=0)
        corners = _numbers(rows[rows["series"] == SURFACE])
        if len(corners):
            line = np.vstack([corners, _far_end(corners[-1], axes)])
            place.step(line[:, 0], line[:, 1], where="post", lw=2, label=_label(group), **look)
    view = _in_view(_numbers(panel), axes)
    _scale_across(place, axes[0], view[:, 0])
    heights: Points = view[:, 1]
    return heights


def _numbers(rows: pd.DataFrame) -> Points:
    """Return the points (N, 2) of rows of the table of fronts."""
    found: Points = rows[["value", "attained"]].to_numpy(dtype=float)
    return found


def _far_end(corner: Points, axes: tuple[Axis, Axis]) -> Points:
    """Return where a surface leaves the view: what is worse in the first is attained as well."""
    choose = max if axes[0].direction == "min" else min
    return np.array([choose(corner[0], axes[0].reference), corner[1]])


def _in_view(points: Points, axes: tuple[Axis, Axis]) -> Points:
    """Keep what is within the reference, all if nothing is."""
    losses = np.column_stack([axis.losses(points[:, k].tolist()) for k, axis in enumerate(axes)])
    inside = points[(losses <= 1.0).all(axis=1)]
    return inside if len(inside) else points


def _scale_across(place: Place, axis: Axis, values: Points) -> None:
    place.set_xlabel(label(axis.name))
    if not len(values):
        return
    low, high = float(values.min()), float(values.max())
    if axis.scale == "log" and low > 0:
        place.set_xscale("log")
        place.set_xlim(low / 1.2, high * 1.2)
        place.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
        place.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_count(value)))
        place.xaxis.set_minor_formatter(NullFormatter())
    else:
        place.set_xlim(*_with_margin(low, high))


def _scale_upright(place: Place, axis: Axis, metric: Metric | None, values: Points) -> None:
    """Scale what all panels share; the objective of a user's function is no metric."""
    place.set_ylabel(label(axis.name))
    if not len(values):
        return
    low, high = float(values.min()), float(values.max())
    if metric is not None:
        metric_axis(place, metric, values.tolist())
    elif axis.scale == "log" and low > 0:
        place.set_yscale("log")
        place.set_ylim(low / 1.2, high * 1.2)
    else:
        place.set_ylim(*_with_margin(low, high))


def _with_margin(low: float, high: float) -> tuple[float, float]:
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    return low - margin, high + margin


def _look(number: int) -> dict[str, Any]:
    return {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": STYLES[number // len(COLOURS) % len(STYLES)],
    }


def _label(group: Group) -> str:
    runs = len(group.runs)
    return f"{group.name} ({runs} run{'s' if runs > 1 else ''})"
