"""Corruption `brightness`: the same is added everywhere, as by exposure or an offset."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = dict.fromkeys(("images", "signals"), (0.1, 0.2, 0.3, 0.4, 0.5))
UNITS = dict.fromkeys(STRENGTHS, "of the range added")


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Add a share of the range; what goes beyond it is cut off."""
    return facts.within(x + strength * facts.range)
