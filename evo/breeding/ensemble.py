"""The ensemble: how the predictions of its members become one, and several that differ.

Pure functions of predictions and weights; `evo.breeding.expert_weights` tells who is believed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evo.pareto.dominance import Points

Array = npt.NDArray[np.float64]

CONCENTRATION = 0.3  # of the shares drawn: the smaller, the more a mixture is a single member


@dataclass(frozen=True)
class EnsemblePrediction:
    """Predictions for some males, in losses (N, K): the weighted mean, and each drawn mixture's.

    `member_deviations` and `mean_deviation` (N, K) are their expected errors, 0 where an objective
    is known.
    """

    mean: Points
    members: list[Points]
    mean_deviation: Points
    member_deviations: list[Points]


def heard(weights: Array, predictions: Array, asked: Sequence[bool]) -> Array:
    """Return the weights (M, K) of those who are asked and say something of the order of males.

    Who says the same of all of them does not, unless everybody does. `predictions` are (M, N, K).
    """
    speaks = np.broadcast_to(np.array(asked, dtype=bool)[:, None], weights.shape)
    if predictions.shape[1]:
        speaks = speaks & (np.ptp(predictions, axis=1) > 0.0)
    speaks = np.where(speaks.any(axis=0), speaks, True)
    kept = np.where(speaks, weights, 0.0)
    return np.asarray(kept / kept.sum(axis=0))


def heaviest(weights: Array, count: int | None) -> Array:
    """Return the weights (M, K) of the `count` heaviest members for each objective, None all."""
    if count is None or count >= len(weights):
        return weights
    places = np.argsort(np.argsort(-weights, axis=0, kind="stable"), axis=0, kind="stable")
    kept = np.where(places < count, weights, 0.0)
    return np.asarray(kept / kept.sum(axis=0))


def mixed(weights: Array, values: Array) -> Points:
    """Return the means (N, K) of members' values (M, N, K), weighted by (M, K)."""
    return np.asarray(np.einsum("mk,mnk->nk", weights, values))


def draw_mixtures(weights: Array, count: int, rng: random.Random) -> list[Array]:
    """Draw weights (M, K) around these: each mixture trusts some members more than others do.

    As the Bayesian bootstrap resamples data (Rubin 1981), this resamples who is believed: shares
    are gamma deviates, scaled by the weights. A single mixture is the weighted mean itself.
    """
    if count == 1:
        return [weights]
    mixtures = []
    for _ in range(count):
        trust = np.array([max(rng.gammavariate(CONCENTRATION, 1.0), 1e-12) for _ in weights])
        drawn = weights * trust[:, None]
        mixtures.append(drawn / drawn.sum(axis=0))
    return mixtures
