"""How sure a metric on a split is, by the chance of which examples it was measured on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from evo.export.by_group import Answers
from evo.pareto.statistics import NORMAL_95, wilson_interval
from fitness.metric import Metric

DRAWS = 100  # of the examples, with putting back


def interval(metric: Metric, answers: Answers, value: float) -> tuple[float, float]:
    """Return the 95 % interval of a metric whose value on these answers is known.

    Of shares of examples it is Wilson's; of others 1.96 standard deviations of the metric on
    examples drawn again (Efron 1979, the bootstrap), up to the best that the metric can be. NaN
    where most draws cannot be measured.
    """
    if metric.per_example:
        examples = len(answers.kept)
        return wilson_interval(round(value * examples), examples)
    values = np.array([x for x in _redrawn(metric, answers) if math.isfinite(x)])
    if len(values) < DRAWS / 2 or not math.isfinite(value):
        return math.nan, math.nan
    half = NORMAL_95 * float(values.std(ddof=1))
    low, high = value - half, value + half
    return (low, min(high, metric.ideal)) if metric.rises else (max(low, metric.ideal), high)


def _redrawn(metric: Metric, answers: Answers) -> Iterator[float]:
    kept, y, groups = answers.kept, answers.split.y, answers.split.groups
    rng = np.random.default_rng(0)
    for _ in range(DRAWS):
        rows = rng.integers(len(kept), size=len(kept))
        try:
            yield metric.value(kept[rows], y[rows], None if groups is None else groups[rows])
        except ValueError:  # of a class that was not drawn
            yield math.nan
