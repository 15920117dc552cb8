"""Metric `hamming_loss`: share of labels answered wrongly."""

import numpy as np

from fitness.target import Array

TARGETS = ("labels",)
DIRECTION = "min"
UNIT = "share"
LABEL = "Hamming loss"
IDEAL = 0.0
SHOWN = "percent"


def value(outputs: Array, y: Array) -> float:
    """Return the share, 0 to 1."""
    return float(np.mean((outputs > 0.0) != (y == 1)))
