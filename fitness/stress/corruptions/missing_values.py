"""Corruption `missing-values`: cells of a table are empty."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = {"rows": (0.05, 0.1, 0.2, 0.3, 0.5)}
UNITS = {"rows": "of the cells"}


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Empty cells that are drawn.

    A number becomes NaN where training data lacked some, else the median that a user would fill
    in; a category becomes the code that stands for all that are unknown.
    """
    empty = rng.random(x.shape) < strength
    assert facts.medians is not None
    assert facts.lacking is not None
    numbers = np.where(facts.lacking, np.nan, facts.medians)
    return np.where(empty, np.concatenate([numbers, facts.codes]), x)
