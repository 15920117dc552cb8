"""Do two groups of numbers differ, by how much, and could it be luck? For scores of runs.

Knows nothing of runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

EXACT = 8  # the smaller group's size up to which every way to share out the ranks is counted
FEW = 5  # runs a group below which no conclusion is drawn
FINEST = 20_000  # new trials; of more the share is as good as certain
EQUAL = 1e-9  # spread beside a mean below which values are the same but for rounding
NORMAL_95 = 1.959963984540054  # 97.5 % of the normal distribution lie below

Array = npt.NDArray[np.float64]


def a12(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the chance that one of ours beats one of theirs (Vargha and Delaney 2000)."""
    a, b = np.asarray(ours)[:, None], np.asarray(theirs)[None, :]
    return float(np.mean((a > b) + 0.5 * (a == b)))


def cohens_d(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the difference of means in pooled standard deviations (Cohen 1988).

    NaN where that deviation is unknown or zero.
    """
    freedom = len(ours) + len(theirs) - 2
    if min(len(ours), len(theirs)) < 2:
        return math.nan
    squares = sum(float(np.var(group)) * len(group) for group in (ours, theirs))
    spread = math.sqrt(squares / freedom)
    return float(np.mean(ours) - np.mean(theirs)) / spread if spread > 0.0 else math.nan


def mann_whitney(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the two-sided p-value (Mann and Whitney 1947); 1 where all values are equal.

    Exact, ties included, if the smaller group has up to 8 members. Beyond, by the normal
    distribution with corrections for ties and continuity, as SciPy has it.
    """
    if len({*ours, *theirs}) == 1:
        return 1.0
    ranks = _ranks(np.asarray([*ours, *theirs], dtype=np.float64))
    if len(ours) > len(theirs):
        ranks = ranks[::-1]
    few = min(len(ours), len(theirs))
    return _exact(ranks, few) if few <= EXACT else _normal(ranks, few)


def least_p(ours: int, theirs: int) -> float:
    """Return the smallest two-sided p-value that groups of such sizes can have."""
    return min(1.0, 2.0 / math.comb(ours + theirs, ours))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for testing as often as there are some (Holm 1979)."""
    corrected, largest = list(p_values), 0.0
    order = sorted(range(len(corrected)), key=lambda i: corrected[i])
    for passed, i in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - passed) * corrected[i]))
        corrected[i] = largest
    return corrected


def paired_t(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of Student's t-test that paired differences have mean zero.

    Where all are the same, they have no spread to be held against: then it is that of their signs,
    and 1 if they are zero. Raises ValueError for fewer than two.
    """
    from scipy.special import stdtr

    n = len(differences)
    if n < 2:
        raise ValueError(f"received {n} differences, expected at least 2")
    mean, spread = float(np.mean(differences)), float(np.std(differences, ddof=1))
    if spread <= EQUAL * abs(mean):
        return 2.0 ** (1 - n) if mean else 1.0
    return float(2.0 * stdtr(n - 1, -abs(mean) / spread * math.sqrt(n)))


def student_t(freedom: int) -> float:
    """Return what 97.5 % of Student's t distribution with so many degrees of freedom lie below."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def _ranks(values: Array) -> Array:
    """Return ranks from 1 (N,); equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Array = ((last - counts + 1 + last) / 2)[place]
    return means


def _exact(ranks: Array, few: int) -> float:
    """Return the share of all choices of `few` ranks whose sum is as far from the mean."""
    doubled = np.rint(2 * ranks).astype(int)  # mean ranks are whole or half
    ways = np.zeros((few + 1, int(doubled.sum()) + 1))  # by number chosen and their sum
    ways[0, 0] = 1.0
    for rank in doubled:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank]
    centre = few * doubled.sum() / len(doubled)
    sums = np.arange(ways.shape[1])
    far = np.abs(sums - centre) >= abs(doubled[:few].sum() - centre) - 1e-9
    return min(1.0, float(ways[few, far].sum() / ways[few].sum()))


def _normal(ranks: Array, few: int) -> float:
    n, many = len(ranks), len(ranks) - few
    counts = np.unique(ranks, return_counts=True)[1]
    ties = float((counts**3 - counts).sum()) / (n * (n - 1))
    deviation = math.sqrt(few * many / 12.0 * (n + 1 - ties))
    distance = abs(float(ranks[:few].sum()) - few * (n + 1) / 2) - 0.5
    return min(1.0, math.erfc(max(0.0, distance) / deviation / math.sqrt(2.0)))


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); (0, 1) of no trials.

    Unlike the textbook's, it stays within 0 and 1 and says something of all or nothing.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"received {successes} successes in {trials} trials")
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, NORMAL_95**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    spread = math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    half = NORMAL_95 * spread / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def standard_error(share: float, trials: int) -> float:
    """Return the standard error of a share; not zero at 0 or 1 (Agresti and Coull 1998)."""
    middle = (share * trials + 2) / (trials + 4)
    return math.sqrt(middle * (1 - middle) / trials)


def expected_interval(
    share: float, trials: int, next_trials: int, spread: float
) -> tuple[float, float]:
    """Return where a share of `next_trials` new trials lies with 95 %.

    `share` was measured in `trials`. Both samples err, and what is sampled differs: `spread` is
    the standard deviation of the true share. Quantiles of the beta-binomial distribution from
    Jeffreys' prior (Brown, Cai and DasGupta 2001), after as many trials as leave that uncertainty.
    """
    variance = max(share * (1 - share), 1 / (trials + 2))
    known = 1 / (1 / trials + spread**2 / variance)
    size = min(next_trials, FINEST)
    a, b = share * known + 0.5, (1 - share) * known + 0.5
    log_chances = [
        math.lgamma(size + 1) - math.lgamma(k + 1) - math.lgamma(size - k + 1)
        + _log_beta(k + a, size - k + b) - _log_beta(a, b)
        for k in range(size + 1)
    ]  # fmt: skip
    below = np.cumsum(np.exp(log_chances))
    low, high = np.searchsorted(below, [0.025, 0.975])
    return float(low) / size, min(float(high) / size, 1.0)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
