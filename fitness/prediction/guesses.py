"""First guesses of the main outcome, from which models of juveniles start: what a control says.

Each is a function of a history, on the scale of what is to be learnt or any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.prediction.history import FeatureSet, History
from fitness.prediction.outcomes import transforms
from genomes.chromosomes.plain_predictors import EARLY_GUESS, PARENTS_GUESS, PLAN_GUESS
from genomes.chromosomes.predictor import COST_TERMINALS, CURVE_TERMINALS
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]
Guess = Callable[[History], Array]  # a first guess of the main outcome, (N,), NaN for none
PEDIGREE = FeatureSet(genome=False, costs=False, pedigree=True, epochs=0)


@dataclass(frozen=True)
class Foreshadowing:
    """What learning curves show early: the outcome's position, the column, whether it rises."""

    outcome: int
    column: str  # one of `CURVE_TERMINALS`
    rises: bool

    def shown(self, history: History, epochs: int) -> Array:
        """Return what the curve shows after so many epochs, (N,), NaN without a curve."""
        return history.curve(epochs)[:, CURVE_TERMINALS.index(self.column)]


def first_guess(genes: Record, early: Foreshadowing, epochs: int, history: History) -> Guess:
    """Return what the control says that is a female's `anchor`, on the scale of recent males.

    `all` of them say the mean of what they say, each in its own standard deviations.
    """
    window = int(genes["window"])
    last = last_shown(early, epochs, early.shown(history, epochs)[-window:], genes["transform"])
    anchor = genes.get("anchor", EARLY_GUESS)
    if anchor == EARLY_GUESS:
        return last
    makers = {EARLY_GUESS: last, PLAN_GUESS: _size(early), PARENTS_GUESS: _parents_mean(early)}
    guesses = [makers[anchor]] if anchor in makers else list(makers.values())
    scales = [_scale(guess(history)[-window:]) for guess in guesses]

    def together(males: History) -> Array:
        said = [
            np.nan_to_num((guess(males) - mean) / deviation)
            for guess, (mean, deviation) in zip(guesses, scales, strict=True)
        ]
        return np.asarray(np.mean(said, axis=0))

    return together


def last_shown(early: Foreshadowing, epochs: int, shown: Array, transform: str) -> Guess:
    """Return the guess that the curve goes on as it stands, on the scale fitted to some shown."""
    known = shown[np.isfinite(shown)]
    forward, _ = transforms(known if len(known) else np.zeros(1), transform)

    def guess(males: History) -> Array:
        seen = early.shown(males, epochs)
        return np.where(np.isfinite(seen), forward(np.nan_to_num(seen)), np.nan)

    return guess


def _size(early: Foreshadowing) -> Guess:
    """Return the guess that large networks end well."""
    column = COST_TERMINALS.index("log_planned_parameters")
    sign = 1.0 if early.rises else -1.0
    return lambda males: sign * males.costs()[:, column]


def _parents_mean(early: Foreshadowing) -> Guess:
    """Return the guess that sons end as their parents did on average."""

    def guess(males: History) -> Array:
        names, other = males.names(PEDIGREE), f"parents_mean.{males.outcomes[early.outcome]}"
        return males.matrix(PEDIGREE)[:, names.index(other if other in names else "parents_mean")]

    return guess


def _scale(guess: Array) -> tuple[float, float]:
    """Return mean and deviation of what is known of a guess."""
    known = guess[np.isfinite(guess)]
    return (float(known.mean()), float(known.std()) or 1.0) if len(known) else (0.0, 1.0)
