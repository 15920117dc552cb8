"""Metric `balanced_accuracy`: the mean over classes of the share classified rightly.

Brodersen et al. (2010), https://doi.org/10.1109/ICPR.2010.764. Classes without an example in the
split do not count.
"""

from fitness.target import Array

TARGETS = ("classes",)
DIRECTION = "max"
UNIT = "share"
LABEL = "balanced accuracy"
IDEAL = 1.0
SHOWN = "percent"


def value(outputs: Array, y: Array) -> float:
    """Return the balanced accuracy, 0 to 1."""
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(y, outputs.argmax(axis=1)))
