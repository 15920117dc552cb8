"""Basis function `linear`: one for a while, then down to zero at the end in a straight line.

With a long while it is the schedule warm-up-stable-decay (Hu et al. 2024,
https://arxiv.org/abs/2404.06395).
"""

LATEST = 0.9  # share of training at which the latest descent begins


def value(progress: float, shape: float) -> float:
    """Return one until `shape` of the latest beginning, then what is left of the descent."""
    start = LATEST * shape
    return min(1.0, (1.0 - progress) / (1.0 - start))
