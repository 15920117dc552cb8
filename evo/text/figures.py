"""How values of objectives and metrics are written for people: by what these say of themselves.

Functions of users have objectives of their own names, of which nothing is known.
"""

from __future__ import annotations

import math
import textwrap
from typing import Literal

from evo.text.amounts import MISSING, count, percent
from fitness.metric import METRICS, Metric
from fitness.objective import Objective, objective_names

LONGEST = 9  # characters of a heading in a line, if its words are no longer
Form = Literal["percent", "count", "number"]


def form(name: str) -> Form:
    """Return how values of an objective or metric are written."""
    known = Objective.load(name) if name in objective_names() else None
    if known is not None and known.counts:
        return "count"
    return "number" if known is None else known.shown


def figure(name: str, value: float | None, digits: int = 2) -> str:
    """Write a value of an objective or metric: shares in percent, counts whole, else 4 digits."""
    if value is None or not math.isfinite(value):
        return MISSING
    written = form(name)
    if written == "percent":
        return percent(value, digits)
    return count(value) if written == "count" else f"{value:.4g}"


def difference(name: str, value: float) -> str:
    """Write a difference of two values of an objective or metric: `-0.50 points`, `+0.12`."""
    if form(name) == "percent":
        return f"{100 * value:+.2f} points"
    return f"{value:+.4g}"


def label(name: str) -> str:
    """Return what an objective or metric is called: `R²`, `active parameters`, `latency, ms`."""
    if name in METRICS:
        return Metric.load(name).label
    return Objective.load(name).label if name in objective_names() else name.replace("_", " ")


def heading(name: str) -> str:
    """Return the label as the head of a column, on several lines if it is long."""
    return textwrap.fill(label(name), LONGEST, break_long_words=False)
