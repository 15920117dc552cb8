"""Metric `bits_per_token`: cross-entropy of the next token; compares within a vocabulary only."""

import math

from fitness.target import Array

TARGETS = ("next-token",)
DIRECTION = "min"
UNIT = "bits"
LABEL = "bits per token"
IDEAL = 0.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return the bits a token; outputs are the four numbers of each window."""
    nats, tokens, _, _ = outputs.sum(axis=0)
    return float(-nats / tokens / math.log(2.0))
