"""Metric `accuracy`: share of examples classified rightly."""

import numpy as np

from fitness.target import Array

TARGETS = ("classes",)
DIRECTION = "max"
UNIT = "share"
LABEL = "accuracy"
IDEAL = 1.0
SHOWN = "percent"
PER_EXAMPLE = True


def value(outputs: Array, y: Array) -> float:
    """Return the accuracy, 0 to 1; of equal logits the first counts."""
    return float(np.mean(outputs.argmax(axis=1) == y))
