"""Logistic regression, the linear baseline of what is told apart. Loads scikit-learn when used."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def fit_logistic(x: Array, y: Array, strength: float, iterations: int) -> tuple[Any, bool]:
    """Return a fitted logistic regression, and whether its solver came to an end by itself."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0 / strength, max_iter=iterations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a solver that stopped early: the caller is told
        model.fit(x, y)
    return model, int(np.max(model.n_iter_)) < iterations
