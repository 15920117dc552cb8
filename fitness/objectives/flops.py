"""Objective `flops`: work of one forward pass of one example through the shrunk network."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "FLOPs"
LABEL = "FLOPs"
SCALE = "log"
KNOWN_BEFORE_TRAINING = False
COUNTS = True


def value(outcome: NetworkMeasures) -> float:
    """Return the FLOPs; a multiply-add counts as two."""
    return float(outcome.shrunk_spec.flops())


def reference(task: Task) -> float:
    """Return the most FLOPs that a network of this task may need."""
    return task.limits.max_flops
