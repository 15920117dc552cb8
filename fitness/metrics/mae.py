"""Metric `mae`: mean absolute error, in the target's unit; mean over values."""

from fitness.target import Array

TARGETS = ("values",)
DIRECTION = "min"
UNIT = "units of the target"
LABEL = "MAE"
IDEAL = 0.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return the error."""
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(y, outputs))
