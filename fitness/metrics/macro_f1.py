"""Metric `macro_f1`: the mean over classes or labels of the F1 score.

A class or label that is neither there nor answered counts as 0.
"""

from fitness.target import Array

TARGETS = ("classes", "labels")
DIRECTION = "max"
UNIT = "share"
LABEL = "macro F1"
IDEAL = 1.0
SHOWN = "percent"


def value(outputs: Array, y: Array) -> float:
    """Return the macro F1, 0 to 1."""
    from sklearn.metrics import f1_score

    if y.ndim == 2:
        return float(f1_score(y, outputs > 0.0, average="macro", zero_division=0.0))
    answers, labels = outputs.argmax(axis=1), range(outputs.shape[1])
    return float(f1_score(y, answers, labels=labels, average="macro", zero_division=0.0))
