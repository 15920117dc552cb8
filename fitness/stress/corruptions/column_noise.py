"""Corruption `column-noise`: numbers of a table are measured less well than in training."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = {"rows": (0.1, 0.2, 0.3, 0.5, 1.0)}
UNITS = {"rows": "deviations of each number"}


def unsuitable(facts: InputFacts) -> str:
    """Say why there is nothing to disturb."""
    return "" if facts.numbers else "there are categories alone"


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Add normal noise in units of the training deviation to numbers; categories stay."""
    found, count = x.copy(), facts.numbers
    found[:, :count] += strength * facts.deviation * rng.standard_normal((len(x), count))
    return found
