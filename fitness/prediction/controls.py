"""Anchor: the early metric as the first guess of the main outcome, so that models learn the rest.

Eight adults teach a model of fifty columns little but nonsense, while the order of juveniles by
their early metric is mostly right. A model that learns only the deviation from that order, and is
regularised, begins with it and departs from it as evidence grows (a Gaussian process with a mean
function, as in Rasmussen & Williams 2006, section 2.7). The anchor itself fades as adults become
known, for it stands in their way where early metrics mislead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fitness.prediction.outcomes import transforms

Array = npt.NDArray[np.float64]

FADES = 30.0  # so many adults weigh as much as the anchor


class Anchor:
    """What is left to learn of a standardised outcome once the early metric is subtracted."""

    def __init__(self, early: Array, learnt: Array, transform: str) -> None:
        """`early` (N,), NaN without a curve, and `learnt` (N,), the standardised outcome."""
        known = early[np.isfinite(early)]
        known = known if len(known) else np.zeros(1)
        self._forward, _ = transforms(known, transform)
        scores = self._forward(known)
        self._strength = FADES / (FADES + len(learnt))
        self._mean, self._deviation = float(scores.mean()), float(scores.std()) or 1.0
        rest = learnt - self._guess(early)
        self._bias, self._spread = float(rest.mean()), float(rest.std()) or 1.0
        self.rest: Array = (rest - self._bias) / self._spread

    def whole(self, rest: Array, early: Array) -> Array:
        """Turn what a model says of the rest (M,) into the standardised outcome."""
        return rest * self._spread + self._bias + self._guess(early)

    def _guess(self, early: Array) -> Array:
        filled = np.where(np.isfinite(early), early, 0.0)
        guess = self._strength * (self._forward(filled) - self._mean) / self._deviation
        return np.where(np.isfinite(early), guess, 0.0)
