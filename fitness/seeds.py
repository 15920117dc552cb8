"""Seeds derived from a training's seed: by epoch and purpose, never from a state that moves on."""

from __future__ import annotations

import numpy as np


def derived(seed: int, *labels: int | str) -> int:
    """Return a 63-bit seed for a purpose; equal arguments give equal seeds, others unrelated."""
    words = [int.from_bytes(str(label).encode(), "little") for label in labels]
    state = np.random.SeedSequence([seed, *words]).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))
