"""Objective `robust_accuracy`: the mean accuracy under each common corruption at severity 3 of 5.

On validation data, of which at most 2,000 are drawn; corruptions as in `fitness.stress`, with the
same noise for every network (Hendrycks and Dietterich 2019). It takes as many forward passes over
validation data as there are corruptions, six for images.
"""

from fitness.data.task import Task
from fitness.metric import Metric
from fitness.objective import NetworkMeasures
from fitness.stress.corrupted_splits import cannot_be_corrupted

DIRECTION = "max"
UNIT = "share"
LABEL = "accuracy under corruption"
SCALE = "linear"
KNOWN_BEFORE_TRAINING = False
SHOWN = "percent"
ON_REQUEST = True


def value(outcome: NetworkMeasures) -> float:
    """Return the mean share of examples that are right."""
    return outcome.corrupted_accuracy()


def unsuitable(task: Task) -> str:
    """Say why a task has no such accuracy, or ""."""
    accuracy = Metric.load("accuracy")
    if task.target.kind not in accuracy.targets:
        return f"its answers are {task.target.kind}, and accuracy is of {accuracy.targets[0]}"
    return cannot_be_corrupted(task)


def reference(task: Task) -> float:
    """Return the accuracy of the best constant answer, which no corruption changes."""
    return Metric.load("accuracy").constant(task.target, task.train.y, task.validation.y)
