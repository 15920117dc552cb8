"""Corruption `occlusion`: a part of each input is hidden (DeVries and Taylor 2017, cutout)."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = {"images": (0.2, 0.3, 0.4, 0.5, 0.6), "signals": (0.05, 0.1, 0.2, 0.3, 0.4)}
UNITS = {"images": "of each side hidden", "signals": "of the length hidden"}


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Put the mean of each channel into a part at a place that is drawn."""
    hidden = np.ones((len(x), 1, *x.shape[2:]), dtype=bool)
    for axis in range(2, x.ndim):
        length = x.shape[axis]
        size = max(1, round(strength * length))
        start = rng.integers(length - size + 1, size=len(x))[:, None]
        places = np.arange(length)[None]
        along = (places >= start) & (places < start + size)  # (N, length)
        shape = [len(x), *[1] * (x.ndim - 1)]
        shape[axis] = length
        hidden &= along.reshape(shape)
    return np.where(hidden, facts.mean, x)
