"""Metric `cross_entropy`: mean negative logarithm of the probability given to the right class."""

import numpy as np

from fitness.target import Array

TARGETS = ("classes",)
DIRECTION = "min"
UNIT = "nats"
LABEL = "cross-entropy"
IDEAL = 0.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return the cross-entropy in nats, without class weights."""
    logits = outputs.astype(np.float64)
    right = logits[np.arange(len(y)), y]
    return float((np.logaddexp.reduce(logits, axis=1) - right).mean())
