"""A regulatory network in a training: what it has sensed, and how far its genes are expressed.

Moved on by progress in fixed steps, so it does not matter how often it is asked; it senses the
figures of the last finished epoch, which are read anyway. Free of torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from fitness.silencing.regulation import AT_BIRTH, LIFETIME, Regulation, Signals, sensed

STEPS_PER_EPOCH = 16


class Regulator:
    """Levels and signals of one network over its life, laid out for `adult_epochs`."""

    def __init__(self, regulation: Regulation, guess: float, adult_epochs: int) -> None:
        self.regulation, self.guess, self.adult_epochs = regulation, guess, adult_epochs
        self.levels = regulation.initial_levels()
        self.signals: Signals = AT_BIRTH
        self.loss = guess  # of the last epoch; of guessing before the first
        self.steps = 0

    def advance(self, progress: float) -> None:
        """Move on to this share of the adult training."""
        due = math.floor(progress * self.adult_epochs * STEPS_PER_EPOCH + 1e-6)
        step = LIFETIME / (self.adult_epochs * STEPS_PER_EPOCH)
        self.levels = self.regulation.advanced(
            self.levels, self.signals, step, max(0, due - self.steps)
        )
        self.steps = max(self.steps, due)

    def sense(self, train_loss: float, gradient_norm: float) -> None:
        """Take in the figures of a finished epoch; they act during the next."""
        self.signals = sensed(train_loss, self.loss, gradient_norm, self.guess)
        self.loss = train_loss

    def drive(self, stage: int) -> float:
        """Return what a stage reads, in [0, 1]."""
        return self.regulation.drive(self.levels, stage)

    def state(self) -> tuple[float, ...]:
        """Return what a checkpoint needs."""
        return (float(self.steps), self.loss, *self.signals, *self.levels)

    def load(self, state: Sequence[float]) -> None:
        """Go on from what `state` returned."""
        steps, self.loss, loss, slope, gradient, *levels = state
        self.steps, self.signals, self.levels = int(steps), (loss, slope, gradient), tuple(levels)
