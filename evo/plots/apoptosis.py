"""What became of the channels of networks with apoptosis, over their training."""

from __future__ import annotations

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


def draw(data: RunData) -> Figure | None:
    """Draw the mean shares by epoch over the adults that had apoptosis."""
    columns = [column for column, _, _ in SHARES]
    if not set(columns) <= set(data.curves.columns):
        return None
    known = data.curves[data.curves["genome"].isin(data.adults["genome"])].dropna(subset=columns)
    if known.empty:
        return None
    by_epoch = known.groupby("epoch")[columns].mean()
    masked = (1.0 - by_epoch.sum(axis=1)).clip(lower=0.0)
    figure, axes = new_figure()
    axes.stackplot(
        by_epoch.index,
        [*(by_epoch[column] for column in columns), masked],
        colors=[*(colour for _, _, colour in SHARES), GREY],
        labels=[*(label for _, label, _ in SHARES), "masked by marks or pruning"],
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
    count = known["genome"].nunique()
    axes.set_title(f"{data.name}: apoptosis in {count} network{'s' if count != 1 else ''}")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles[::-1], labels[::-1], loc="outside lower center", ncols=2, fontsize=9
    )  # as they lie on each other
    return figure
