"""Anchor: a first guess of the main outcome, so that models learn only what is left.

Eight adults teach a model of fifty columns little but nonsense, while the order of juveniles by
their early metric is mostly right. A model that learns only the deviation from that order, and is
regularised, begins with it and departs from it as evidence grows (a Gaussian process with a mean
function, as in Rasmussen & Williams 2006, section 2.7). How far the guess is believed is itself
learnt, as the scale between a cheap and a dear fidelity is by Kennedy & O'Hagan (2000,
https://doi.org/10.1093/biomet/87.1.1): where early metrics mislead, nothing of it is left.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

PRIOR = 3.0  # records that speak for a slope of one, unless a female is born otherwise


class Anchor:
    """What is left to learn of a standardised outcome once the guess is subtracted."""

    def __init__(self, guess: Array, learnt: Array, records: float = PRIOR) -> None:
        """`guess` (N,), NaN where there is none, and `learnt` (N,), the standardised outcome.

        So many `records` speak for a slope of one before any is known.
        """
        known = guess[np.isfinite(guess)]
        self._mean = float(known.mean()) if len(known) else 0.0
        self._deviation = (float(known.std()) if len(known) else 0.0) or 1.0
        standard = self._standard(guess)
        self._slope = float((standard @ learnt + records) / (standard @ standard + records))
        rest = learnt - self._slope * standard
        self._bias, self._spread = float(rest.mean()), float(rest.std()) or 1.0
        self.rest: Array = (rest - self._bias) / self._spread

    def whole(self, rest: Array, guess: Array) -> Array:
        """Turn what a model says of the rest (M,) into the standardised outcome."""
        return rest * self._spread + self._bias + self._slope * self._standard(guess)

    def _standard(self, guess: Array) -> Array:
        standard = (np.where(np.isfinite(guess), guess, self._mean) - self._mean) / self._deviation
        return np.asarray(standard)
