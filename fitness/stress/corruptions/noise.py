"""Corruption `noise`: normal noise on every pixel or sample, as of a sensor in bad light."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = dict.fromkeys(("images", "signals"), (0.04, 0.08, 0.12, 0.18, 0.26))
UNITS = dict.fromkeys(STRENGTHS, "deviation, of the range")


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Add noise whose deviation is a share of the range."""
    return facts.within(x + strength * facts.range * rng.standard_normal(x.shape))
