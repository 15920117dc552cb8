"""Basis function `warm-up`: takes something away at the start, less and less.

The only one below zero: a sum of the others begins high, and with this one it rises first (Goyal
et al. 2017, https://arxiv.org/abs/1706.02677).
"""

SHORTEST = 0.02  # share of training; the longest is all of it


def value(progress: float, shape: float) -> float:
    """Return -1 at the start, rising to 0 in a straight line over a share set by `shape`."""
    share = SHORTEST ** (1.0 - shape)
    return min(0.0, float(progress / share) - 1.0)
