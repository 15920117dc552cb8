"""How values of objectives and metrics are written for people: by what these say of themselves.

Functions of users have objectives of their own names, of which nothing is known.
"""

from __future__ import annotations

from evo.text.amounts import MISSING, count, percent, titled
from fitness.metric import METRICS, Metric
from fitness.objective import Objective, objective_names


def figure(name: str, value: float | None, digits: int = 2) -> str:
    """Write a value of an objective or metric: shares in percent, counts whole, else 4 digits."""
    if value is None:
        return MISSING
    known = _known(name)
    if known is not None and known.shown == "percent":
        return percent(value, digits)
    return count(value) if known is not None and known.counts else f"{value:.4g}"


def difference(name: str, value: float) -> str:
    """Write a difference of two values of an objective or metric: `-0.50 points`, `+0.12`."""
    known = _known(name)
    if known is not None and known.shown == "percent":
        return f"{100 * value:+.2f} points"
    return f"{value:+.4g}"


def _known(name: str) -> Objective | None:
    return Objective.load(name) if name in objective_names() else None


def label(name: str) -> str:
    """Return what an objective or metric is called: `R²`, `active parameters`."""
    return Metric.load(name).label if name in METRICS else titled(name)
