"""The front: accuracy against active ratio, coloured by how many parameters are active."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from evo.plots.data import RunData
from evo.plots.style import GREY, VERMILION, accuracy_axis, new_figure
from evo.text.amounts import count, percent

LARGE, SMALL, FAINT, RING = 8.0, 5.5, 3.7, 14.5  # diameters in points


# The series of the table:
EDGE, REST, OTHERS = "front of accuracy and active ratio", "front by other objectives", "dominated"
BASELINE = "baseline"  # no network: its accuracy is a line across the figure


def table(data: RunData) -> pd.DataFrame | None:
    """Return all adults, the dominated first, which of them was exported, and the baseline."""
    if data.front().empty or "active_ratio" not in data.adults:
        return None
    adults = pd.concat([data.dominated(), data.front()])
    series = adults["on_front"].map({True: REST, False: OTHERS}).mask(adults["ratio_front"], EDGE)
    networks = pd.DataFrame(
        {
            "series": series,
            "genome": adults["genome"],
            "active_ratio": adults["active_ratio"],
            "accuracy": adults["accuracy"],
            "active_parameters": adults["active_parameters"],
            "exported": adults["genome"].isin(data.exported),
        }
    )
    lines = [
        {
            "series": BASELINE,
            "genome": best.name,
            "accuracy": best.validation,
            "active_parameters": best.parameters,
            "exported": False,
        }
        for best in data.baselines[-1:]
    ]
    return pd.concat([networks, pd.DataFrame(lines)]) if lines else networks


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw all adults; the front in colour, the dominated faint, the exported one marked."""
    front = table[table["series"].isin((EDGE, REST))]
    others = table[table["series"] == OTHERS]
    figure, axes = new_figure(7.6, 5.2)
    x, y = others["active_ratio"], others["accuracy"]
    axes.scatter(x, y, s=FAINT**2, c=GREY, alpha=0.35, linewidths=0)
    edge = front[front["series"] == EDGE].sort_values("active_ratio")
    axes.step(
        edge["active_ratio"],
        edge["accuracy"],
        where="post",
        color="#555555",
        linewidth=1,
        zorder=2,
    )
    _colour(figure, axes, front)
    exported = table[table["exported"]]
    axes.scatter(
        exported["active_ratio"],
        exported["accuracy"],
        s=RING**2,
        facecolors="none",
        edgecolors=VERMILION,
        linewidths=2.2,
        zorder=4,
    )
    accuracy_axis(axes, float(front["accuracy"].min()), float(front["accuracy"].max()))
    axes.set_xlabel("active ratio: active ÷ dense parameters of the same network")
    axes.set_xlim(0, min(1.02, max(0.05, float(front["active_ratio"].max()) * 1.06)))
    for accuracy in table[table["series"] == BASELINE]["accuracy"]:
        axes.axhline(accuracy, color=VERMILION, linewidth=1.2, linestyle="--", zorder=1)
    axes.set_title(f"{name}: accuracy against active ratio")
    outside = (y < axes.get_ylim()[0]) | (x > axes.get_xlim()[1])
    _legend(figure, table, int(outside.sum()), axes.get_ylim()[0])
    return figure


def _colour(figure: Figure, axes: Axes, front: pd.DataFrame) -> None:
    """Draw the front's members, those of accuracy and ratio alone larger, and the colour bar."""
    active = front["active_parameters"].clip(lower=1)
    low, high = float(active.min()), float(active.max())
    norm = LogNorm(low, high) if low < high else LogNorm(low / 1.5, high * 1.5)
    sizes = front["series"].map({EDGE: LARGE**2, REST: SMALL**2})
    points = axes.scatter(
        front["active_ratio"],
        front["accuracy"],
        c=active,
        norm=norm,
        cmap="viridis",
        s=sizes,
        edgecolors="white",
        linewidths=0.7,
        zorder=3,
    )
    bar = figure.colorbar(points, ax=axes, pad=0.02)
    bar.set_label("active parameters")
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.outline.set_visible(False)


def _legend(figure: Figure, table: pd.DataFrame, hidden: int, bottom: float) -> None:
    """Explain the marks below the axes, where they cover no data."""
    below = f", {hidden} of them outside the view" if hidden else ""
    edge, rest, dominated = (int((table["series"] == s).sum()) for s in (EDGE, REST, OTHERS))
    entries = [_mark(LARGE, "#31688e", f"{EDGE} ({edge})")]
    if rest:
        entries.append(_mark(SMALL, "#31688e", f"on the run's front by other objectives ({rest})"))
    if dominated:
        faint = f"other networks trained to the end ({dominated}{below})"
        entries.append(_mark(FAINT, "#cccccc", faint))
    for _, row in table[table["exported"]].iterrows():
        size = f"{percent(row['accuracy'])}, {count(row['active_parameters'])} active"
        ring = _mark(10, "none", f"exported: {row['genome']} ({size})")
        ring.set(markeredgecolor=VERMILION, markeredgewidth=2.2)
        entries.append(ring)
    for _, row in table[table["series"] == BASELINE].iterrows():
        size = f"{percent(row['accuracy'])}, {count(row['active_parameters'])} parameters"
        place = ", below the view" if row["accuracy"] < bottom else ""
        text = f"without a search: {row['genome']} ({size}{place})"
        entries.append(Line2D([], [], color=VERMILION, linewidth=1.2, linestyle="--", label=text))
    figure.legend(handles=entries, loc="outside lower left", ncols=2, fontsize=9)


def _mark(diameter: float, colour: str, label: str) -> Line2D:
    return Line2D(
        [], [], marker="o", linestyle="none", markersize=diameter, color=colour, label=label,
        markeredgewidth=0,
    )  # fmt: skip
