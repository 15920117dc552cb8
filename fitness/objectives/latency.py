"""Objective `latency`: time of a forward pass of one batch through the shrunk network."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "ms"
LABEL = "latency, ms"
SCALE = "log"
KNOWN_BEFORE_TRAINING = False
BY_THE_CLOCK = True
IDEAL = 0.01

OVERHEAD = 1.0  # ms that calls of operations may take
FLOPS_A_MILLISECOND = 1e6  # of a slow core


def value(outcome: NetworkMeasures) -> float:
    """Return the milliseconds."""
    return outcome.latency


def reference(task: Task) -> float:
    """Return a time that the largest network of this task hardly needs for one example."""
    return OVERHEAD + task.limits.max_flops / FLOPS_A_MILLISECOND
