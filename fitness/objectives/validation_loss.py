"""Objective `validation_loss`: mean loss of the task's target on validation data."""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "of the target's loss"
LABEL = "validation loss"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False


def value(outcome: NetworkMeasures) -> float:
    """Return the loss: cross-entropy in nats, squared error in variances."""
    return outcome.validation_loss


def reference(task: Task) -> float:
    """Return the loss of the best constant answer to train."""
    return task.target.constant_loss(task.train.y, task.validation.y)
