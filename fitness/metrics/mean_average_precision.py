"""Metric `mean_average_precision`: area under precision against recall, the mean over labels.

A label that no example of the split has counts as 0.
"""

from fitness.target import Array

TARGETS = ("labels",)
DIRECTION = "max"
UNIT = "share"
LABEL = "mean average precision"
IDEAL = 1.0
SHOWN = "percent"


def value(outputs: Array, y: Array) -> float:
    """Return the mean average precision, 0 to 1."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(y, outputs, average="macro"))
