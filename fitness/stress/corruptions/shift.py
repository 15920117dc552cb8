"""Corruption `shift`: each input is moved along one axis, as by a hasty crop or a late trigger."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts
from fitness.stress.moving import directions, moved

STRENGTHS = dict.fromkeys(("images", "signals"), (0.05, 0.1, 0.15, 0.2, 0.25))
UNITS = {"images": "of the side", "signals": "of the length"}


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Move each input in a way that is drawn, by a place at least; the edge is repeated."""
    ways = directions(x)
    drawn = rng.integers(len(ways), size=len(x))
    found = np.empty_like(x)
    for way, (axis, sign) in enumerate(ways):
        own = drawn == way
        found[own] = moved(x[own], axis, sign * max(1, round(strength * x.shape[axis])))
    return found
