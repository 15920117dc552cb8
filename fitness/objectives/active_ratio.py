"""Objective `active_ratio`: active parameters over the dense parameters of the same network."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "share"
LABEL = "active ratio"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False
SHOWN = "percent"


def value(outcome: NetworkMeasures) -> float:
    """Return the ratio, 0 to 1. It rewards starting fat: look at absolute counts beside it."""
    return outcome.active / outcome.dense


def reference(task: Task) -> float:
    """Return a little more than the ratio of a network without any mask.

    At exactly 1 an unmasked network would add nothing to the hypervolume, however accurate.
    """
    return 1.1
