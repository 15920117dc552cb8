"""Scores of the runs of a method: over the epochs spent, and when they reach a level."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.efficiency.study import Run

POINTS = 200  # of a curve, evenly spaced over the budget


def scores(runs: Sequence[Run], spent: float) -> list[float]:
    """Return the scores after so many epochs, of the runs that may spend so many."""
    values = [run.score(spent) for run in runs]
    return [value for value in values if value is not None]


def quartiles(runs: Sequence[Run], budget: int) -> npt.NDArray[np.float64]:
    """Return epochs, lower quartile, median and upper quartile of the scores, (4, N)."""
    end = min(run.budget for run in runs)
    grid = np.linspace(0, budget, POINTS + 1)[1:]
    grid = grid[grid <= end]
    quantiles = [np.quantile(scores(runs, spent), [0.25, 0.5, 0.75]) for spent in grid]
    return np.vstack([grid, np.array(quantiles).T])


def reached(runs: Sequence[Run], level: float) -> float:
    """Return the epochs after which the median of the runs is at a level; inf if never."""
    for spent in sorted({step[0] for run in runs for step in run.scores}):
        if np.median([run.score(spent) for run in runs]) >= level:
            return spent
    return math.inf
