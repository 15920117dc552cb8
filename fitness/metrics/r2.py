"""Metric `r2`: coefficient of determination, the share of variance explained; mean over values."""

from fitness.target import Array

TARGETS = ("values",)
DIRECTION = "max"
UNIT = "share"
LABEL = "R²"
IDEAL = 1.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return R², 1 at best and 0 for the mean of the split."""
    from sklearn.metrics import r2_score

    return float(r2_score(y, outputs))
