"""How much each member of the ensemble counts: prediction with expert advice.

Fixed share (Herbster & Warmuth 1998, https://doi.org/10.1023/A:1007424614876): weights fall
exponentially with what a member's predictions have cost, and a share of all weight is handed
round, so that a member who becomes right later is heard soon. Over T rounds the expected loss of
following members by weight exceeds that of the best one by O(sqrt(T log N)), so the ensemble
cannot stay behind a control for long. A round is a generation; a loss is the share of pairs of
males put in the wrong order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROUNDS = 50  # for which the rate is the best there is (Cesa-Bianchi & Lugosi 2006, theorem 2.2)
SHARED = 0.1  # of all weight, handed round after every round
NEWCOMER = SHARED  # weight of who comes in later, as a part of an equal share
RECENT = 30  # males before those of a round with whom these are compared


class ExpertWeights:
    """Weights of the members by objective.

    All begin with an equal share. Who comes in later begins with what is handed round to each, as
    if she had been there and wrong: daughters are many, and few of them are better than the rest.
    """

    def __init__(self, objectives: int) -> None:
        self._objectives = objectives
        self._logs: dict[str, Array] = {}  # logarithms of weights (K,), up to a constant

    def of(self, members: Sequence[str]) -> Array:
        """Return the weights of these members, (M, K), which sum to one for each objective."""
        logs = np.array([self._log(member) for member in members]).reshape(-1, self._objectives)
        weights = np.exp(logs - logs.max(axis=0))
        return np.asarray(weights / weights.sum(axis=0))

    def _log(self, member: str) -> Array:
        newcomer = math.log(NEWCOMER) if self._logs else 0.0
        return self._logs.get(member, np.full(self._objectives, newcomer))

    def learn(self, losses: Mapping[str, Array]) -> None:
        """Take the losses (K,) of a round, NaN where a member said nothing.

        Such a member loses what the ensemble loses. Members who are not named are forgotten.
        """
        members = list(losses)
        if not members:
            return
        weights, lost = self.of(members), np.array([losses[member] for member in members])
        heard = np.where(np.isfinite(lost), weights, 0.0)
        total = heard.sum(axis=0)
        usual = (heard * np.nan_to_num(lost)).sum(axis=0) / np.where(total > 0.0, total, 1.0)
        rate = math.sqrt(8.0 * math.log(max(2, len(members))) / ROUNDS)
        weights = weights * np.exp(-rate * np.where(np.isfinite(lost), lost, usual))
        weights = weights / weights.sum(axis=0)
        weights = (1.0 - SHARED) * weights + SHARED / len(members)
        logs = np.log(weights * len(members))  # an equal share is zero
        self._logs = dict(zip(members, logs, strict=True))

    def state(self) -> dict[str, Any]:
        """Return plain JSON data for `restore`."""
        return {member: log.tolist() for member, log in self._logs.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` returned."""
        self._logs = {member: np.array(log, dtype=np.float64) for member, log in state.items()}


def share_misordered(predicted: Array, truth: Array, weights: Array, fresh: int) -> Array:
    """Return the share (K,) of pairs that predictions (N, K) put in another order than the truth.

    Of each pair at least one is among the last `fresh`, the other among these or the `RECENT`
    before. A pair counts as its rarer male, by inverse chances `weights` (N,); equal predictions
    are half wrong, equal truths say nothing. NaN where no pair says anything.
    """
    size = min(len(truth), fresh + RECENT)
    predicted, truth, weights = predicted[-size:], truth[-size:], weights[-size:]
    first, second = np.triu_indices(size, k=1)
    told = second >= size - fresh
    first, second = first[told], second[told]
    order = np.sign(truth[first] - truth[second])
    wrong = (1.0 - order * np.sign(predicted[first] - predicted[second])) / 2.0
    counts = np.maximum(weights[first], weights[second])[:, None] * np.abs(order)
    total = counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray((counts * wrong).sum(axis=0) / np.where(total > 0.0, total, np.nan))
