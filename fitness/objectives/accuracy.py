"""Objective `accuracy`: share of validation examples classified rightly."""

from fitness.objective import Outcome
from fitness.task import Task

DIRECTION = "max"
UNIT = "share"
LABEL = "validation accuracy"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False


def value(outcome: Outcome) -> float:
    """Return the accuracy, 0 to 1."""
    return outcome.accuracy


def reference(task: Task) -> float:
    """Return the accuracy below which nobody wants a network, or else that of guessing."""
    guessing = 1.0 / task.classes
    stated = task.defaults.reference_accuracy
    return guessing if stated is None else stated
