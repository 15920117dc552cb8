"""Metric `rmse`: root mean squared error, in the target's unit; mean over values."""

from fitness.target import Array

TARGETS = ("values",)
DIRECTION = "min"
UNIT = "units of the target"
LABEL = "RMSE"
IDEAL = 0.0
SHOWN = "number"


def value(outputs: Array, y: Array) -> float:
    """Return the error."""
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(y, outputs))
