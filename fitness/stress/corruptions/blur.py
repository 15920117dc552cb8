"""Corruption `blur`: a Gaussian filter, as of a lens out of focus or of slow electronics."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = {
    "images": (0.015, 0.02, 0.025, 0.03, 0.035),
    "signals": (0.5, 1.0, 2.0, 3.0, 4.0),
}
LEAST = 20  # pixels of a side, as which smaller ones count: less than a pixel hardly blurs
UNITS = {"images": "deviation, of the shorter side", "signals": "deviation, samples"}


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Blur each channel by itself; beyond the edge it goes on as at the edge."""
    from scipy.ndimage import gaussian_filter

    pixels = strength * max(LEAST, min(x.shape[2:])) if facts.kind == "images" else strength
    found: Array = gaussian_filter(x, (0, 0, *[pixels] * (x.ndim - 2)), mode="nearest")
    return found
