"""How networks of the front were pruned: sparsity by stage over epochs, and what drove it."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from evo.amounts import percent
from evo.plots.data import RunData
from evo.plots.style import VERMILION

SHOWN = 3  # networks
STYLES = ("-", "--", "-.", ":")  # of genes


def draw(data: RunData) -> Figure | None:
    """Draw up to three pruned networks of the front, those with a gene network before others.

    None if nothing on the front was pruned.
    """
    chosen = _chosen(data)
    if not chosen:
        return None
    genes, stages = _traces(data, "expression."), _traces(data, "sparsity.")
    driven = any(_known(data, genome, genes) for genome in chosen)
    rows = 2 if driven else 1
    size = max(7.6, 1.6 + 3.0 * len(chosen)), 1.0 + 2.3 * rows
    figure = Figure(figsize=size, layout="constrained")
    places = figure.subplots(rows, len(chosen), squeeze=False, sharex="col", sharey="row")
    accuracies = data.front().set_index("genome")["accuracy"]
    for column, genome in enumerate(chosen):
        curve = data.curves[data.curves["genome"] == genome]
        top, bottom = places[0, column], places[-1, column]
        title = f"{genome}, {percent(accuracies[genome])} accurate"
        top.set_title(title, fontsize=11, fontweight="normal")
        _lines(top, curve, stages, "stage")
        if driven:
            _expression(bottom, curve, _known(data, genome, genes))
        bottom.set_xlabel("epoch")
        bottom.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    places[0, 0].set_ylabel("silenced")
    places[0, 0].set_ylim(-0.03, 1.0)
    places[0, 0].yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    if driven:
        places[-1, 0].set_ylabel("expression")
        places[-1, 0].set_ylim(bottom=0.0)
    figure.suptitle(
        f"{data.name}: pruning in training", x=0.01, ha="left", fontsize=13, fontweight="bold"
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


def _known(data: RunData, genome: str, names: Sequence[str]) -> list[str]:
    curve = data.curves[data.curves["genome"] == genome]
    return [name for name in names if curve[name].notna().any()]


def _lines(axes: Axes, curve: pd.DataFrame, names: Sequence[str], word: str) -> None:
    """Draw one line a stage in ordered colours."""
    colours = mpl.colormaps["viridis"](np.linspace(0.0, 0.85, len(names)))
    for name, colour in zip(names, colours, strict=True):
        if curve[name].notna().any():
            label = f"{word} {name.rpartition('.')[2]}"
            axes.plot(curve["epoch"], curve[name], color=colour, linewidth=1.8, label=label)


def _expression(axes: Axes, curve: pd.DataFrame, names: Sequence[str]) -> None:
    """Draw the levels; what is above one drives no more than one does."""
    axes.axhline(1.0, color="#555555", linewidth=0.8)
    for name in names:
        number = int(name.rpartition(".")[2])
        axes.plot(
            curve["epoch"], curve[name], STYLES[number % len(STYLES)], color=VERMILION,
            linewidth=1.6, label=f"gene {number}",
        )  # fmt: skip


def _legend(figure: Figure) -> None:
    """Explain all lines once, beside the axes."""
    found: dict[str, Artist] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    order = sorted(found, key=lambda label: (label.startswith("gene"), label))
    handles = [found[label] for label in order]
    figure.legend(handles, order, loc="outside right center", fontsize=9)
