"""Objective `accuracy`: share of validation examples classified rightly."""

import numpy as np

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "max"
UNIT = "share"
LABEL = "validation accuracy"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False


def value(outcome: NetworkMeasures) -> float:
    """Return the accuracy, 0 to 1."""
    return outcome.accuracy


def reference(task: Task) -> float:
    """Return the accuracy below which nobody wants a network, or else that of one answer for all.

    That is the largest class' share of validation data: who always answers it heads no front.
    """
    given = task.defaults.reference_accuracy
    shares = np.bincount(task.validation.y) / len(task.validation)
    return float(shares.max()) if given is None else given
