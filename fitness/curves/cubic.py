"""Pruning curve `cubic`: fast at first, gently at the end.

Zhu & Gupta (2017), "To prune, or not to prune", https://arxiv.org/abs/1710.01878, equation 1 with
an initial sparsity of zero.
"""


def sparsity(progress: float) -> float:
    """Return the share of the final sparsity at `progress` (0 at the start, 1 at the end)."""
    return 1.0 - (1.0 - progress) ** 3
