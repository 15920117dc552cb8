"""Pruning curve `linear`: the same share at every update."""


def sparsity(progress: float) -> float:
    """Return the share of the final sparsity at `progress` (0 at the start, 1 at the end)."""
    return progress
