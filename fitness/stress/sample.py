"""Examples that are drawn of a split, for what is measured on many versions of its inputs."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from fitness.data.split import Split
from fitness.data.streaming.inputs import Inputs
from fitness.stress.input_facts import Array, as_floats

EXAMPLES, NUMBERS = 2000, 20_000_000  # that are drawn at most, of inputs


def drawn(split: Split, examples: int, seed: int) -> Split:
    """Return a split of at most so many examples, drawn without putting back, inputs floating."""
    chosen = places(split.x, examples, seed)
    found = split.chosen(chosen) if len(chosen) < len(split) else split
    return replace(found, x=as_floats(found.x[:]))


def places(x: Inputs, examples: int, seed: int) -> Array:
    """Draw at most so many examples, fewer where inputs (N, ...) are large; in order."""
    most = min(examples, max(1, NUMBERS // prod(x.shape[1:])))
    order: Array = np.random.default_rng(seed).permutation(len(x))[:most]
    return np.sort(order)
