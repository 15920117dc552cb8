"""Metric `auroc`: area under the ROC curve, one class or label against the rest, their mean.

Classes and labels that are in none or all of the examples do not count.
"""

import numpy as np

from fitness.target import Array

TARGETS = ("classes", "labels")
DIRECTION = "max"
UNIT = "share"
LABEL = "AUROC"
IDEAL = 1.0
SHOWN = "percent"


def value(outputs: Array, y: Array) -> float:
    """Return the area, 0.5 for guessing; NaN if no class can be told from the rest."""
    from sklearn.metrics import roc_auc_score

    if y.ndim == 2:
        is_one, scores = y == 1, outputs
    else:
        is_one = y[:, None] == np.arange(outputs.shape[1])
        logits = outputs.astype(np.float64)
        scores = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    told = np.flatnonzero(is_one.any(axis=0) & ~is_one.all(axis=0))
    areas = [roc_auc_score(is_one[:, k], scores[:, k]) for k in told]
    return float(np.mean(areas)) if areas else float("nan")
