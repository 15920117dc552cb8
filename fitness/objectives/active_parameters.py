"""Objective `active_parameters`: unmasked parameters with an unmasked path to the output."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "parameters"
LABEL = "active parameters"
SCALE = "log"
KNOWN_BEFORE_TRAINING = False
COUNTS = True


def value(outcome: NetworkMeasures) -> float:
    """Return the count."""
    return float(outcome.active)


def reference(task: Task) -> float:
    """Return the most parameters that a network of this task may have."""
    return task.limits.max_parameters
