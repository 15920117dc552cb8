"""A family tree: ancestors by the generation they were born in, mothers and fathers told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from evo.lineage.text import facts
from evo.lineage.tree import Lineage
from evo.plots.drawing import save_table
from evo.plots.style import BLUE, GREEN, VERMILION, house_style, new_figure

ROW = 0.42  # inches an individual
NAME_SPACE = 0.6  # right of the last generation, for names, as a share of all generations


def save(lineage: Lineage, path: Path) -> None:
    """Write the tree as SVG, what it shows as CSV beside it; the same record, the same files."""
    shown = table(lineage)
    with house_style(), mpl.rc_context({"text.parse_math": False}):  # names are names
        figure = draw(shown, lineage.identity)
        FigureCanvasSVG(figure)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, bbox_inches="tight", pad_inches=0.15, metadata={"Date": None})
    save_table(shown, path.with_suffix(".csv"))


def table(lineage: Lineage) -> pd.DataFrame:
    """Return one row an individual from the top down; parents outside the tree are left out."""
    rows = places(lineage)
    found = []
    for name, row in rows.items():
        kin = lineage.kin[name]
        mother, father = [*(p if p in rows else None for p in kin.genome.parents), None, None][:2]
        found.append(
            {
                "genome": name,
                "generation": kin.generation,
                "row": row,
                "sex": kin.genome.sex,
                "on_front": kin.on_front,
                "mother": mother,
                "father": father,
                "facts": ", ".join(facts(kin, lineage)),
            }
        )
    return pd.DataFrame(found)


def draw(table: pd.DataFrame, identity: str) -> Figure:
    """Draw the individual and its ancestors, each once, with lines to their children."""
    kin = table.set_index("genome")
    figure, axes = new_figure(10.0, 1.6 + ROW * len(table))
    for name, one in kin.iterrows():
        for parent in (one["mother"], one["father"]):
            if pd.notna(parent):
                _line(axes, kin.loc[parent], one)
        marker, colour = look(one["sex"], one["on_front"])
        axes.plot(one["generation"], one["row"], marker, color=colour, markersize=8, zorder=3)
        axes.annotate(
            f"{name}  {one['facts']}",
            (one["generation"], one["row"]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            zorder=2,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
        )
    first, last = int(table["generation"].min()), int(kin["generation"][identity])
    axes.set_xlim(first - 0.3, last + NAME_SPACE * max(last - first, 1) + 0.3)
    axes.set_ylim(len(table) - 0.4, -0.6)
    ticks = MaxNLocator(integer=True, steps=[1, 2, 5, 10]).tick_values(first, last)
    axes.set_xticks([tick for tick in ticks if first <= tick <= last] if first < last else [last])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("generation of birth")
    axes.set_title(f"Ancestors of {identity}")
    figure.legend(handles=_legend(), loc="outside lower left", ncols=3, fontsize=9)
    return figure


def places(lineage: Lineage) -> dict[str, int]:
    """Give each individual a row where it is nearest, its mother above and its father below."""
    order: list[str] = []

    def visit(name: str, level: int) -> None:
        if name in order or level > lineage.levels.get(name, -1):
            return
        parents = lineage.kin[name].genome.parents
        for parent in parents[:1]:
            visit(parent, level + 1)
        order.append(name)
        for parent in parents[1:]:
            visit(parent, level + 1)

    visit(lineage.identity, 0)
    return {name: row for row, name in enumerate(order)}


def look(sex: str, on_front: bool) -> tuple[str, str]:
    """Return marker and colour: circles are females, squares males, green those on the front."""
    if sex == "female":
        return "o", VERMILION
    return "s", GREEN if on_front else BLUE


def _line(axes: Axes, parent: pd.Series[Any], child: pd.Series[Any]) -> None:
    axes.plot(
        [parent["generation"], child["generation"]],
        [parent["row"], child["row"]],
        color=VERMILION if parent["sex"] == "female" else BLUE,
        linewidth=1.2,
        alpha=0.6,
        zorder=1,
    )


def _legend() -> list[Line2D]:
    entries = (
        ("o", VERMILION, "female: a predictor"),
        ("s", BLUE, "male: a network"),
        ("s", GREEN, "male on the front"),
    )
    return [
        Line2D([], [], marker=marker, linestyle="none", color=colour, markersize=8, label=label)
        for marker, colour, label in entries
    ]
