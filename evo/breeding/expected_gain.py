"""Expected improvement of the hypervolume: what a candidate adds to the front, on average over
what it may turn out to be (Emmerich et al. 2006, https://doi.org/10.1109/TEVC.2005.851274).

A prediction is a mean and a standard deviation for each objective; objectives that are known have
none. The mean over draws stands in for the integral. All candidates share the same draws, so what
chance does to one it does to all.
"""

from __future__ import annotations

import random
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from evo.pareto.dominance import Points, gains

DRAWS = 16
# Part of a deviation that is drawn: that several members choose explores the other part already.
CAUTION = 0.5
WIDENED = 6  # times that deviations are doubled where no draw extends the front


def draw_deviates(dimensions: int, rng: random.Random) -> Points:
    """Return normal deviates (DRAWS, K), stratified in each objective (McKay et al. 1979)."""
    levels = [NormalDist().inv_cdf((i + 0.5) / DRAWS) for i in range(DRAWS)]
    return np.column_stack([rng.sample(levels, DRAWS) for _ in range(dimensions)])


def most_gain(front: Points, predicted: Points, deviation: Points, deviates: Points) -> int:
    """Return the row of predicted losses (N, K) that is expected to add most to a front.

    Where predictions as they are add something, they decide. Where none does, it is the mean over
    draws within the `deviation` (N, K) of each. Where no draw adds anything either, deviations are
    doubled until one does: then it is whom the fewest deviations keep from the front. Where that
    does not help, as all is known, it is who is least dominated.
    """
    added = gains(front, predicted)
    for doubling in range(WIDENED + 1):
        if added.max() > 0.0:
            return int(np.argmax(added))
        width = CAUTION * 2.0**doubling * deviation
        added = _mean_gains(front, predicted + deviates[:, None, :] * width)
    if added.max() > 0.0:
        return int(np.argmax(added))
    return int(np.argmin(shortfall(front, predicted)))


def _mean_gains(front: Points, draws: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the mean over draws (S, N, K) of what each candidate adds, (N,)."""
    count, candidates, dimensions = draws.shape
    added = gains(front, draws.reshape(count * candidates, dimensions))
    return np.asarray(added.reshape(count, candidates).mean(axis=0))


def shortfall(front: Points, losses: Points) -> npt.NDArray[np.float64]:
    """Return by how much all losses (N, K) of a row would have to be less to join the front.

    The front ends at the reference point: what lies beyond that has to come back behind it.
    """
    beyond = (losses - 1.0).max(axis=1)
    if not len(front):
        return np.asarray(beyond)
    dominated = (losses[:, None, :] - front).min(axis=2).max(axis=1)
    return np.asarray(np.maximum(beyond, dominated))
