"""Metric `bits_per_character`: bits that the text takes, by its characters.

Comparable across vocabularies; that of bytes in a text of ASCII alone.
"""

import math

from fitness.target import Array

TARGETS = ("next-token",)
DIRECTION = "min"
UNIT = "bits"
LABEL = "bits per character"
IDEAL = 0.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return the bits a character; outputs are the four numbers of each window."""
    nats, _, _, characters = outputs.sum(axis=0)
    return float(-nats / characters / math.log(2.0))
