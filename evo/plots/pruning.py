"""How networks of the front were pruned: sparsity by stage over epochs, and what drove it."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from evo.plots.data import RunData, metric_of_table
from evo.plots.style import VERMILION
from evo.text.figures import figure as written

SHOWN = 3  # networks
STYLES = ("-", "--", "-.", ":")  # of genes
SILENCED, EXPRESSION = "silenced_share", "expression_level"  # columns of the table


def table(data: RunData) -> pd.DataFrame | None:
    """Return the traces of up to three pruned networks, those with a gene network before others.

    None if nothing on the front was pruned.
    """
    chosen = _chosen(data)
    if not chosen or data.metric is None:
        return None
    metric = data.metric.name
    values = data.front().set_index("genome")[metric]
    lines = [
        curve.assign(**{metric: float(values[genome])})
        for genome in chosen
        for curve in _long(data.curves[data.curves["genome"] == genome], data)
    ]
    columns = ["genome", metric, "series", "epoch", SILENCED, EXPRESSION]
    return pd.concat(lines).reindex(columns=columns)


def _long(curve: pd.DataFrame, data: RunData) -> Iterator[pd.DataFrame]:
    """Yield the lines of one network, a row an epoch."""
    for prefix, word, column in (
        ("sparsity.", "stage", SILENCED),
        ("expression.", "gene", EXPRESSION),
    ):
        for trace in _traces(data, prefix):
            if curve[trace].notna().any():
                series = f"{word} {trace.removeprefix(prefix)}"
                renamed = curve[["genome", "epoch", trace]].rename(columns={trace: column})
                yield renamed.assign(series=series)


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw a column a network: what was silenced, and below it what drove that."""
    chosen = table["genome"].unique()
    metric = metric_of_table(table)
    driven = bool(table[EXPRESSION].notna().any())
    stages = 1 + max((_number(s) for s in table["series"] if s.startswith("stage")), default=0)
    rows = 2 if driven else 1
    size = max(7.6, 1.6 + 3.0 * len(chosen)), 1.0 + 2.3 * rows
    figure = Figure(figsize=size, layout="constrained")
    places = figure.subplots(rows, len(chosen), squeeze=False, sharex="col", sharey="row")
    for column, genome in enumerate(chosen):
        lines = table[table["genome"] == genome]
        top, bottom = places[0, column], places[-1, column]
        value = written(metric.name, lines[metric.name].iloc[0], digits=1)
        title = f"{genome}, {metric.label} {value}"
        top.set_title(title, fontsize=11, fontweight="normal")
        _silenced(top, lines[lines["series"].str.startswith("stage")], stages)
        if driven:
            _expression(bottom, lines[lines["series"].str.startswith("gene")])
        bottom.set_xlabel("epoch")
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    places[0, 0].set_ylabel("silenced")
    places[0, 0].set_ylim(-0.03, 1.0)
    places[0, 0].yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    if driven:
        places[-1, 0].set_ylabel("expression")
        places[-1, 0].set_ylim(bottom=0.0)
    figure.suptitle(
        f"{name}: pruning in training", x=0.01, ha="left", fontsize=13, fontweight="bold"
    )
    _legend(figure)
    return figure


def _chosen(data: RunData) -> list[str]:
    """Choose the pruned of the front: the most and the least active, and one between them."""
    front = data.front()
    if "active_ratio" not in front or "genome" not in data.curves:
        return []
    genes, stages = _traces(data, "expression."), _traces(data, "sparsity.")
    curves = data.curves[data.curves["genome"].isin(front["genome"])]
    table = curves.groupby("genome")[[*stages, *genes]].max()
    pruned = table[table[stages].max(axis=1) > 0] if stages else table[:0]
    driven = pruned[pruned[genes].notna().any(axis=1)] if genes else pruned[:0]
    pool = driven if len(driven) else pruned
    ordered = front[front["genome"].isin(pool.index)].sort_values(["active_ratio", "genome"])
    if ordered.empty:
        return []
    places = np.linspace(0, len(ordered) - 1, min(SHOWN, len(ordered))).round().astype(int)
    return [str(ordered["genome"].iloc[place]) for place in places]


def _traces(data: RunData, prefix: str) -> list[str]:
    names = [str(name) for name in data.curves if str(name).startswith(prefix)]
    return sorted(names, key=lambda name: int(name.removeprefix(prefix)))


def _number(series: str) -> int:
    return int(series.rpartition(" ")[2])


def _silenced(axes: Axes, lines: pd.DataFrame, stages: int) -> None:
    """Draw one line a stage in ordered colours."""
    colours = mpl.colormaps["viridis"](np.linspace(0.0, 0.85, stages))
    for series, line in lines.groupby("series", sort=False):
        colour = colours[_number(str(series))]
        axes.plot(line["epoch"], line[SILENCED], color=colour, linewidth=1.8, label=series)


def _expression(axes: Axes, lines: pd.DataFrame) -> None:
    """Draw the levels; what is above one drives no more than one does."""
    axes.axhline(1.0, color="#555555", linewidth=0.8)
    for series, line in lines.groupby("series", sort=False):
        style = STYLES[_number(str(series)) % len(STYLES)]
        axes.plot(
            line["epoch"], line[EXPRESSION], style, color=VERMILION, linewidth=1.6, label=series
        )


def _legend(figure: Figure) -> None:
    """Explain all lines once, beside the axes."""
    found: dict[str, Artist] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    order = sorted(found, key=lambda label: (label.startswith("gene"), label))
    handles = [found[label] for label in order]
    figure.legend(handles, order, loc="outside right center", fontsize=9)
