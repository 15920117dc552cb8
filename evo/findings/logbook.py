"""The log of a run as DEAP's `Logbook`: a record a generation, a chapter an objective."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from deap import tools

FIGURES: Mapping[str, Callable[[Sequence[float]], Any]] = {  # of an objective
    "mean": np.mean,
    "std": np.std,
    "min": np.min,
    "max": np.max,
}
FIRST = ("generation", "hypervolume", "front_size", "epochs_spent")  # what is printed


def make_logbook(
    summaries: Sequence[Mapping[Any, Any]],
    adults: Sequence[Mapping[Any, Any]],
    objectives: Sequence[str],
) -> tools.Logbook:
    """Put the summaries of generations and the objectives of their adults into a logbook.

    `adults` are those that turned out well, with their generation. Where there are none in a
    generation the figures of its objectives are NaN.
    """
    logbook = tools.Logbook()
    logbook.header = [*(name for name in FIRST if any(name in s for s in summaries)), *objectives]
    for summary in summaries:
        grown = [adult for adult in adults if adult["generation"] == summary["generation"]]
        chapters = {name: _figures([adult[name] for adult in grown]) for name in objectives}
        logbook.record(**{**summary, **chapters})
    for name in objectives:
        logbook.chapters[name].header = list(FIGURES)
    return logbook


def _figures(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return dict.fromkeys(FIGURES, math.nan)
    return {name: float(figure(values)) for name, figure in FIGURES.items()}
