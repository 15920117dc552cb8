"""What chance does to the front: bars for its intervals, hollow marks for uncertain leads."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from evo.record.front_intervals import HIGH, LEADS, LOW, MetricChance, with_intervals
from fitness.metric import Metric

BAR: Any = {"color": "#cdd5dc", "linewidth": 4.0}
EDGE = 1.6  # points, of a hollow mark


def with_chance(
    networks: pd.DataFrame, members: pd.Series[bool], chance: MetricChance | None
) -> pd.DataFrame:
    """Return a table of networks with the intervals of some, and whether these lead."""
    if chance is None:
        return networks
    rows: Any = networks[members].to_dict("records")
    found = pd.DataFrame(with_intervals(rows, chance))
    columns = [chance.metric.name + LOW, chance.metric.name + HIGH, LEADS]
    return networks.join(found.set_index(networks.index[members])[columns])


def interval_ends(members: pd.DataFrame, metric: Metric) -> list[float]:
    """Return all ends of intervals that are known."""
    known = [metric.name + end for end in (LOW, HIGH) if metric.name + end in members]
    return [float(value) for column in known for value in members[column].dropna()]


def may_be_chance(members: pd.DataFrame) -> pd.Series[bool]:
    """Mark who has no lead over smaller networks beyond chance; nobody where nothing tells."""
    if LEADS not in members:
        return pd.Series(False, index=members.index)
    return members[LEADS].eq(False)


def draw_intervals(axes: Axes, members: pd.DataFrame, metric: Metric) -> None:
    """Draw a bar from end to end of each interval, behind the marks."""
    if not interval_ends(members, metric):
        return
    low, high = (members[metric.name + end] for end in (LOW, HIGH))
    axes.vlines(members["active_ratio"], low, high, zorder=1.5, **BAR)


def chance_legend(members: pd.DataFrame, metric: Metric, diameter: float) -> list[Line2D]:
    """Explain bars and hollow marks, as far as there are some."""
    entries = []
    if interval_ends(members, metric):
        cause = "examples that were drawn" if metric.per_example else "examples and of training"
        text = f"95 % interval, by the chance of {cause}"
        bar = Line2D([], [], marker="|", markersize=12, linestyle="none", label=text)
        bar.set(color=BAR["color"], markeredgewidth=BAR["linewidth"])
        entries.append(bar)
    if number := int(may_be_chance(members).sum()):
        text = f"hollow: no lead over smaller ones beyond chance ({number})"
        mark = Line2D([], [], marker="o", linestyle="none", markersize=diameter, label=text)
        mark.set(markerfacecolor="white", markeredgecolor="#31688e", markeredgewidth=EDGE)
        entries.append(mark)
    return entries
