"""Objective `expected_flops`: work of one forward pass where closed gates spare theirs.

As `flops` for networks without gates. Gates are as open as on validation data, each mark in a
share of inputs or positions (`genomes.graph.marks.expected`).
"""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures

DIRECTION = "min"
UNIT = "FLOPs"
LABEL = "expected FLOPs"
SCALE = "log"
KNOWN_BEFORE_TRAINING = False
COUNTS = True
ON_REQUEST = True  # it says nothing new of networks without gates


def value(outcome: NetworkMeasures) -> float:
    """Return the FLOPs; a multiply-add counts as two."""
    if outcome.expected_flops is None:
        return float(outcome.shrunk_spec.flops())
    return outcome.expected_flops


def reference(task: Task) -> float:
    """Return the most FLOPs that a network of this task may need."""
    return task.limits.max_flops
