"""Objective `shrunk_parameters`: parameters of the physically smaller network that is exported."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "parameters"
LABEL = "exported parameters"
SCALE = "log"
KNOWN_BEFORE_TRAINING = False
COUNTS = True


def value(outcome: NetworkMeasures) -> float:
    """Return the count."""
    return float(outcome.shrunk)


def reference(task: Task) -> float:
    """Return the most parameters that a network of this task may have."""
    return task.limits.max_parameters
