"""Objective `validation_loss`: mean cross-entropy on validation data."""

import math

import numpy as np

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "nats"
LABEL = "validation loss"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False


def value(outcome: NetworkMeasures) -> float:
    """Return the loss in nats."""
    return outcome.validation_loss


def reference(task: Task) -> float:
    """Return the loss of guessing: all classes alike, or by their shares in train if better."""
    shares = np.bincount(task.train.y, minlength=task.classes) / len(task.train)
    by_shares = float(-np.log(shares[task.validation.y]).mean())
    return min(math.log(task.classes), by_shares)
