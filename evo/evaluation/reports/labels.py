"""Labels: each label by itself, and how far the stated probabilities can be trusted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import expit

from evo.evaluation.output_names import output_names
from evo.evaluation.reliability import calibration_error, draw_reliability, reliability_table
from evo.export.by_group import Answers
from fitness.target import Target


def tables(answers: Answers, target: Target) -> dict[str, pd.DataFrame]:
    """Return `per_label`, and `reliability` over all labels together."""
    from sklearn.metrics import precision_recall_fscore_support

    stated = expit(answers.kept.astype(np.float64))
    y = answers.split.y.astype(bool)
    precision, recall, f1, examples = precision_recall_fscore_support(
        y, stated > 0.5, average=None, zero_division=0.0
    )
    return {
        "per_label": pd.DataFrame(
            {
                "label": output_names(answers, target),
                "examples": examples,
                "answered": (stated > 0.5).sum(axis=0),
                "precision": precision,
                "recall": recall,
                "f1": f1,
            }
        ),
        "reliability": reliability_table(stated.ravel(), y.ravel()),
    }


def words(found: Mapping[str, pd.DataFrame]) -> str:
    """Say how far probabilities are off."""
    error = calibration_error(found["reliability"])
    return f"probabilities are off by {100 * error:.2g} points on average (calibration error)"


FIGURES = {"reliability": draw_reliability}
