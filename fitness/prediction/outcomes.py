"""Targets: adult outcomes on the scale a model learns, and back again.

Counts are learnt as log10. The active ratio and active parameters are learnt as the logarithmic
deviation from what the pruning schedule plans, since that is known beforehand, FLOPs as that from
those of the network without masks. All else goes
through the female's own transform (none, logit, or rank: normal scores). Learnt columns are
standardised.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.data.bounds import bounded
from fitness.prediction.features import is_count
from fitness.prediction.normal_scores import NormalScores
from genomes.chromosomes.predictor import COST_TERMINALS

Array = npt.NDArray[np.float64]
Function = Callable[[Array], Array]

# Which known cost an outcome is expected to equal; each is compared as log10.
PLANNED: Mapping[str, str] = {
    "active_ratio": "planned_active_ratio",
    "active_parameters": "log_planned_parameters",
    "dense_parameters": "log_dense_parameters",
    "flops": "log_flops",  # those of the network without any mask: what it shrinks by is learnt
}
LOGIT_MARGIN = 1e-3  # shares are kept this far from 0 and 1, where the logit is infinite
LARGEST_SCORE = 8.0  # standard deviations beyond which no model is believed
SMALLEST_RATIO = 1e-6
LARGEST_COUNT = 1e18


def planned(costs: Array, outcomes: Sequence[str]) -> Array:
    """Return log10 of what is planned of each outcome, (N, K), NaN where nothing is.

    `costs` has the columns `COST_TERMINALS`.
    """
    plan = np.full((len(costs), len(outcomes)), np.nan)
    for k, outcome in enumerate(outcomes):
        if outcome in PLANNED:
            column = costs[:, COST_TERMINALS.index(PLANNED[outcome])]
            ratio = outcome == "active_ratio"
            plan[:, k] = np.log10(np.maximum(column, SMALLEST_RATIO)) if ratio else column
    return plan


def from_plan(outcome: str, log_value: Array) -> Array:
    """Turn log10 of an outcome into the outcome, within what it can be."""
    value = _power10(log_value)
    return np.minimum(value, 1.0) if outcome == "active_ratio" else np.maximum(value, 1.0)


@dataclass(frozen=True)
class OutcomeScale:
    """One outcome's way to the learnt scale and back; `low` and `high` bound the predictions."""

    forward: Function
    backward: Function
    uses_plan: bool
    low: float
    high: float
    mean: float
    deviation: float

    def decode(self, learnt: Array, plan: Array) -> Array:
        """Turn a model's output (N,) into the outcome, bounded and finite."""
        bound = np.clip(learnt, -LARGEST_SCORE, LARGEST_SCORE) * self.deviation + self.mean
        if self.uses_plan:
            bound = bound + np.where(np.isfinite(plan), plan, 0.0)
        return np.clip(self.backward(bound), self.low, self.high)


class Targets:
    """The scales of K outcomes, fitted to the truths of a window."""

    def __init__(
        self,
        truths: Array,
        plan: Array,
        outcomes: Sequence[str],
        transform: str,
        logarithmic: Collection[str] = (),
    ) -> None:
        """`truths` (N, K) finite, N > 0; `plan` (N, K) from `planned`.

        The outcomes in `logarithmic` are learnt as logarithms though they are no counts.
        """
        bound = bounded(truths)
        truths = np.column_stack([
            truths[:, k] if _is_logarithmic(outcome, plan[:, k], logarithmic) else bound[:, k]
            for k, outcome in enumerate(outcomes)
        ])  # fmt: skip
        self._scales = [
            _log_scale(truths[:, k])
            if outcome in logarithmic and not is_count(outcome)
            else _scale(truths[:, k], plan[:, k], outcome, transform)
            for k, outcome in enumerate(outcomes)
        ]
        columns = []
        for k, scale in enumerate(self._scales):
            values = scale.forward(truths[:, k]) - (plan[:, k] if scale.uses_plan else 0.0)
            columns.append((values - scale.mean) / scale.deviation)
        self.learnt: Array = np.column_stack(columns)

    def decode(self, learnt: Array, plan: Array) -> Array:
        """Turn models' outputs (M, K) into outcomes (M, K), finite."""
        learnt = np.nan_to_num(learnt, nan=0.0, posinf=LARGEST_SCORE, neginf=-LARGEST_SCORE)
        columns = [s.decode(learnt[:, k], plan[:, k]) for k, s in enumerate(self._scales)]
        return np.column_stack(columns)


def _is_logarithmic(outcome: str, plan: Array, logarithmic: Collection[str]) -> bool:
    """Tell whether an outcome is learnt as a logarithm, which is in bounds by itself."""
    return outcome in logarithmic or is_count(outcome) or _uses_plan(outcome, plan)


def _uses_plan(outcome: str, plan: Array) -> bool:
    return outcome in PLANNED and bool(np.isfinite(plan).all())


def _scale(truth: Array, plan: Array, outcome: str, transform: str) -> OutcomeScale:
    uses_plan = _uses_plan(outcome, plan)
    if uses_plan or is_count(outcome):
        low, high = (SMALLEST_RATIO, 1.0) if outcome == "active_ratio" else (1.0, LARGEST_COUNT)
        if is_count(outcome) and not uses_plan:  # counts in millions may be below one
            low = min([low, *truth[truth > 0.0].tolist()])
        forward, backward = _logarithm(low)
        if not uses_plan:  # a plan may lead where nobody has been; without one, a decade is enough
            high = max(10.0 * min(float(truth.max()), LARGEST_COUNT), low)
    else:
        low, high = float(truth.min()), float(truth.max())
        forward, backward = transforms(truth, transform)
        low, high = (0.0, 1.0) if _is_share(truth) else (2.0 * low - high, 2.0 * high - low)
    values = forward(truth) - (plan if uses_plan else 0.0)
    mean, deviation = float(values.mean()), float(values.std())
    deviation = deviation if deviation > 1e-9 else 1.0
    return OutcomeScale(forward, backward, uses_plan, low, high, mean, deviation)


def _log_scale(truth: Array) -> OutcomeScale:
    """Learn the logarithm of positive values; predict at most a decade beyond those seen."""
    forward, backward = _logarithm(float(truth.min()))
    logarithms = forward(truth)
    mean, deviation = float(logarithms.mean()), float(logarithms.std())
    low, high = float(truth.min()) / 10.0, min(float(truth.max()), 1e300) * 10.0
    return OutcomeScale(
        forward, backward, False, low, high, mean, deviation if deviation > 1e-9 else 1.0
    )


def _logarithm(floor: float) -> tuple[Function, Function]:
    def forward(values: Array) -> Array:
        return np.log10(np.maximum(values, floor))

    return forward, _power10


def _power10(exponents: Array) -> Array:
    return np.asarray(np.power(10.0, np.clip(exponents, -300.0, 300.0)), dtype=np.float64)


def transforms(values: Array, transform: str) -> tuple[Function, Function]:
    """Return a transform fitted to values (N,), and its inverse; there is no logit of no share."""
    if transform == "none" or (transform == "logit" and not _is_share(values)):
        return (lambda given: given), (lambda given: given)
    if transform == "logit":
        return _logit, lambda scores: 1.0 / (1.0 + np.exp(-np.clip(scores, -50.0, 50.0)))
    if transform == "rank":
        scores = NormalScores(values)
        return scores.forward, scores.backward
    raise ValueError(f"received transform {transform!r}, expected none, logit or rank")


def _is_share(values: Array) -> bool:
    return bool(values.min() >= 0.0 and values.max() <= 1.0)


def _logit(values: Array) -> Array:
    inside = np.clip(values, LOGIT_MARGIN, 1.0 - LOGIT_MARGIN)
    scores: Array = np.log(inside / (1.0 - inside))
    return scores
