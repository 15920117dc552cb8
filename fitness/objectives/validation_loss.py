"""Objective `validation_loss`: mean cross-entropy on validation data."""

import math

from fitness.objective import Outcome
from fitness.task import Task

DIRECTION = "min"
UNIT = "nats"
LABEL = "validation loss"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False


def value(outcome: Outcome) -> float:
    """Return the loss in nats."""
    return outcome.validation_loss


def reference(task: Task) -> float:
    """Return the loss of guessing."""
    return math.log(task.classes)
