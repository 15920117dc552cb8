"""How far the jury's foretelling of young males is from what they became, over generations."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evo.plots.data import RunData
from evo.plots.style import VERMILION, new_figure


def draw(data: RunData) -> Figure | None:
    """Draw bias and error of the jury; None for runs that had no juveniles."""
    table = data.generations
    if "jury_bias" not in table or table["jury_bias"].notna().sum() == 0:
        return None
    known = table[table["jury_bias"].notna()]
    x = known["generation"]
    bias, error = known["jury_bias"].astype(float), known["jury_error"].astype(float)
    percent = "accuracy" in data.adults
    scale, unit = (100.0, "accuracy, points") if percent else (1.0, "objective's own unit")
    figure, axes = new_figure()
    axes.axhline(0, color="black", linewidth=1)
    label = "root mean square error, both ways"
    axes.fill_between(
        x, -scale * error, scale * error, color=VERMILION, alpha=0.15, linewidth=0, label=label
    )
    axes.plot(x, scale * bias, "o-", color=VERMILION, linewidth=1.8, markersize=4, label="bias")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("generation")
    axes.set_ylabel(f"foretold minus true ({unit})")
    axes.set_title(f"{data.name}: is the jury right on the whole?")
    axes.legend(loc="lower right", fontsize=10)
    return figure
