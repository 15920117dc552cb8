"""Corruption `swapped-columns`: two columns of a row trade places, as by a slip of the hand."""

from __future__ import annotations

import numpy as np

from fitness.stress.input_facts import Array, InputFacts

STRENGTHS = {"rows": (1.0, 2.0, 3.0, 4.0, 5.0)}
UNITS = {"rows": "pairs of numbers, or as many as there are"}


def unsuitable(facts: InputFacts) -> str:
    """Say why no two columns can be swapped."""
    return "" if facts.numbers > 1 else "there are no two columns of numbers"


def corrupted(x: Array, strength: float, facts: InputFacts, rng: np.random.Generator) -> Array:
    """Swap so many pairs of numbers in each row; which ones is drawn anew for each."""
    count = facts.numbers
    pairs = min(int(strength), count // 2)
    order = rng.permuted(np.tile(np.arange(count), (len(x), 1)), axis=1)
    first, second = order[:, :pairs], order[:, pairs : 2 * pairs]
    found, rows = x.copy(), np.arange(len(x))[:, None]
    found[rows, first], found[rows, second] = x[rows, second], x[rows, first]
    return found
