"""Pruning curve `exponential`: gently at first, most of it shortly before the end."""

import math

RATE = 3.0  # half of all is silenced in the last fifth


def sparsity(progress: float) -> float:
    """Return the share of the final sparsity at `progress` (0 at the start, 1 at the end)."""
    return math.expm1(RATE * progress) / math.expm1(RATE)
