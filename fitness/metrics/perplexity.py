"""Metric `perplexity`: among how many equally likely tokens the next one seems to be.

It compares networks of one vocabulary only.
"""

import math

from fitness.target import Array

TARGETS = ("next-token",)
DIRECTION = "min"
UNIT = "tokens"
LABEL = "perplexity"
IDEAL = 1.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return e to the cross-entropy; outputs are the four numbers of each window."""
    nats, tokens, _, _ = outputs.sum(axis=0)
    return math.exp(min(-nats / tokens, 700.0))
