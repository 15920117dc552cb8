"""Skill: how well predictions agree with results that became known later.

Kendall's tau-b (Kendall 1945) with pairs weighted by the product of their records' weights; with
inverse-probability weights, audited males stand for the rejected ones who never grew up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Numbers = Sequence[float] | Array


def weighted_kendall(predicted: Numbers, true: Numbers, weights: Numbers | None = None) -> float:
    """Return tau-b in [-1, 1]; 0 where fewer than two records or nothing varies.

    Records with a value that is not finite, or without positive weight, are left out.
    """
    x, y, w = _usable(predicted, true, weights)
    if len(x) < 2:
        return 0.0
    above = np.triu_indices(len(x), k=1)
    with np.errstate(over="ignore"):  # an infinite difference has a sign, too
        x_order = np.sign(x[above[0]] - x[above[1]])
        y_order = np.sign(y[above[0]] - y[above[1]])
    pairs = w[above[0]] * w[above[1]]
    untied = float(pairs @ np.abs(x_order)) * float(pairs @ np.abs(y_order))
    if untied <= 0.0:
        return 0.0
    tau = float(pairs @ (x_order * y_order)) / float(np.sqrt(untied))
    return max(-1.0, min(1.0, tau))


def shrunk_skill(
    prequential_tau: float, count: int, history_tau: float = 0.0, strength: float = 10.0
) -> float:
    """Mix the skill shown on `count` predictions with the history's, worth `strength` of them."""
    if count < 0 or strength < 0:
        raise ValueError(f"received count={count}, strength={strength}; neither may be negative")
    if count + strength == 0:
        return 0.0
    return (count * prequential_tau + strength * history_tau) / (count + strength)


@dataclass(frozen=True)
class Calibration:
    """How far predictions are from the truth, in the outcome's unit.

    `bias` is the mean of predicted minus true, `slope` that of the truth regressed on the
    prediction: 1 is calibrated, below 1 too bold, 0 also where nothing varies.
    """

    count: int
    bias: float
    rmse: float
    slope: float


def calibration(predicted: Numbers, true: Numbers, weights: Numbers | None = None) -> Calibration:
    """Measure bias, root mean square error and slope; all zero without records."""
    x, y, w = _usable(predicted, true, weights)
    if not len(x):
        return Calibration(0, 0.0, 0.0, 0.0)
    w = w / w.sum()
    bias, rmse = float(w @ (x - y)), float(np.sqrt(w @ (x - y) ** 2))
    deviation = x - w @ x
    variance = float(w @ deviation**2)
    slope = float(w @ (deviation * y)) / variance if variance > 1e-12 else 0.0
    return Calibration(len(x), bias, rmse, slope)


def _usable(
    predicted: Numbers, true: Numbers, weights: Numbers | None
) -> tuple[Array, Array, Array]:
    x, y = np.asarray(predicted, dtype=np.float64), np.asarray(true, dtype=np.float64)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not x.shape == y.shape == w.shape or x.ndim != 1:
        raise ValueError(
            f"received {x.shape} predicted, {y.shape} true and {w.shape} weights; "
            "expected three lists of one length"
        )
    usable = np.isfinite(x) & np.isfinite(y) & np.isfinite(w) & (w > 0)
    return x[usable], y[usable], w[usable]
