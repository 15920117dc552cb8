"""Corruption `contrast`: what an input differs by from its own mean is scaled down, as in fog."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = dict.fromkeys(("images", "signals"), (0.25, 0.5, 0.6, 0.7, 0.85))
UNITS = dict.fromkeys(STRENGTHS, "of the contrast lost")


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Bring each input closer to the mean of its channels."""
    mean = x.mean(axis=tuple(range(2, x.ndim)), keepdims=True)
    found: Array = mean + (1.0 - strength) * (x - mean)
    return found
