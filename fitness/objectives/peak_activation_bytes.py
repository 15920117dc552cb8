"""Objective `peak_activation_bytes`: the most memory that activations take while it runs.

Of one example, in float32, for the physically smaller network; what decides whether a network fits
a microcontroller (Lin et al. 2020, "MCUNet"; Liberis et al. 2021, "µNAS").
"""

from fitness.data.task import Task
from fitness.objective import NetworkMeasures
from genomes.graph.activation_memory import BYTES, peak_activation_bytes

DIRECTION = "min"
UNIT = "bytes"
LABEL = "peak activation bytes"
SCALE = "log"
KNOWN_BEFORE_TRAINING = False
COUNTS = True


def value(outcome: NetworkMeasures) -> float:
    """Return the bytes."""
    return float(peak_activation_bytes(outcome.shrunk_spec))


def reference(task: Task) -> float:
    """Return what all activations together take in the largest network of this task."""
    return BYTES * task.limits.max_activations
