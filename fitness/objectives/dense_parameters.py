"""Objective `dense_parameters`: trainable parameters without any mask."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures
from genomes.graph.spec import NetworkSpec

DIRECTION = "min"
UNIT = "parameters"
LABEL = "dense parameters"
SCALE = "log"
KNOWN_BEFORE_TRAINING = True
COUNTS = True


def value(outcome: NetworkMeasures) -> float:
    """Return the count."""
    return float(outcome.dense)


def reference(task: Task) -> float:
    """Return the most parameters that a network of this task may have."""
    return task.limits.max_parameters


def known(spec: NetworkSpec) -> float:
    """Return the same from the description of the network alone."""
    return float(spec.dense_parameters())
