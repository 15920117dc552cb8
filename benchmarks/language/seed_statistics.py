"""How sure a difference between two models is, over the seeds of their trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import optimize, stats

from evo.pareto.statistics import cohens_d

SURE = 0.95


@dataclass(frozen=True)
class Difference:
    """A rival's mean minus the standard one's, with the p-values of two tests, two-sided.

    `d` is Cohen's, in pooled standard deviations, with an interval of 95 %.
    """

    mean: float
    welch: float
    mann_whitney: float
    d: float
    interval: tuple[float, float]


def difference(ours: Sequence[float], theirs: Sequence[float]) -> Difference | None:
    """Compare two groups of values, one a seed each; None for fewer than two of either."""
    if min(len(ours), len(theirs)) < 2:
        return None
    d = cohens_d(ours, theirs)
    return Difference(
        float(sum(ours) / len(ours) - sum(theirs) / len(theirs)),
        float(stats.ttest_ind(ours, theirs, equal_var=False).pvalue),
        float(stats.mannwhitneyu(ours, theirs).pvalue),
        d,
        interval_of_d(d, len(ours), len(theirs)),
    )


def interval_of_d(d: float, ours: int, theirs: int) -> tuple[float, float]:
    """Return the interval of 95 % of Cohen's d, by the noncentral t distribution.

    Its ends are those d at which one as far or farther comes in 2.5 % of repetitions (Steiger and
    Fouladi 1997). NaN for a d that is none.
    """
    if math.isnan(d):
        return math.nan, math.nan
    scale, freedom = math.sqrt(ours * theirs / (ours + theirs)), ours + theirs - 2
    t = d * scale

    def end(share: float) -> float:
        def off(centre: float) -> float:
            below = float(stats.nct.cdf(t, freedom, centre))
            if math.isnan(below):  # SciPy has no numbers far out, where it is 0 or 1
                below = float(centre < t)
            return below - share

        far = 10.0 + 4.0 * abs(t)
        return float(optimize.brentq(off, t - far, t + far)) / scale

    return end(0.5 + SURE / 2), end(0.5 - SURE / 2)
