"""The channels of networks with apoptosis over training: healthy, dead, masked."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evo.plots.data import RunData
from evo.plots.style import BLUE, GREEN, GREY, VERMILION, new_figure

# Column of the curves, what it is called, colour; drawn from the bottom up.
SHARES = (
    ("units_healthy", "healthy", GREEN),
    ("units_redundant", "redundant: constant, or repeating another", BLUE),
    ("units_harmful", "harmful: they swing, and are damped", VERMILION),
    ("units_dead", "dead", "black"),
)


MASKED = "masked by channel mask or pruning"


def table(data: RunData) -> pd.DataFrame | None:
    """Return the mean shares by epoch over the adults that had apoptosis, how many there were."""
    columns = [column for column, _, _ in SHARES]
    if not set(columns) <= set(data.curves.columns):
        return None
    known = data.curves[data.curves["genome"].isin(data.adults["genome"])].dropna(subset=columns)
    if known.empty:
        return None
    by_epoch = known.groupby("epoch")[columns].mean()
    masked = (1.0 - by_epoch.sum(axis=1)).clip(lower=0.0)
    named = by_epoch.rename(columns={column: label for column, label, _ in SHARES})
    named[MASKED] = masked
    long = named.reset_index().melt("epoch", var_name="series", value_name="share_of_channels")
    networks = known.groupby("epoch")["genome"].nunique()
    return long.assign(networks=long["epoch"].map(networks))


def draw(table: pd.DataFrame, name: str) -> Figure:
    """Draw the shares on each other, the healthy at the bottom."""
    labels = [*(label for _, label, _ in SHARES), MASKED]
    by_epoch = table.pivot(index="epoch", columns="series", values="share_of_channels")
    figure, axes = new_figure()
    axes.stackplot(
        by_epoch.index,
        [by_epoch[label] for label in labels],
        colors=[*(colour for _, _, colour in SHARES), GREY],
        labels=labels,
        alpha=0.85,
        linewidth=0.6,
        edgecolor="white",
    )
    axes.set_xlim(by_epoch.index.min(), max(by_epoch.index.max(), by_epoch.index.min() + 1))
    axes.set_ylim(0.0, 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}"))
    axes.set_xlabel("epoch of training")
    axes.set_ylabel("share of all channels (%)")
    count = int(table["networks"].max())
    axes.set_title(f"{name}: apoptosis in {count} network{'s' if count != 1 else ''}")
    handles, drawn = axes.get_legend_handles_labels()
    figure.legend(
        handles[::-1], drawn[::-1], loc="outside lower center", ncols=2, fontsize=9
    )  # as they lie on each other
    return figure
