"""Metric `bits_per_byte`: bits that the text takes, by its bytes in UTF-8.

Comparable across vocabularies: however a text is cut into tokens, its bytes are the same.
"""

import math

from fitness.target import Array

TARGETS = ("next-token",)
DIRECTION = "min"
UNIT = "bits"
LABEL = "bits per byte"
IDEAL = 0.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return the bits a byte; outputs are the four numbers of each window."""
    nats, _, size, _ = outputs.sum(axis=0)
    return float(-nats / size / math.log(2.0))
