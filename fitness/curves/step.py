"""Pruning curve `step`: four equal cuts, with time to recover between them."""

STEPS = 4


def sparsity(progress: float) -> float:
    """Return the share of the final sparsity at `progress` (0 at the start, 1 at the end)."""
    return int(progress * STEPS) / STEPS
