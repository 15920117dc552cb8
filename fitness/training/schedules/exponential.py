"""Basis function `exponential`: falls by the same factor in equal times."""

SLOWEST, FASTEST = 1.0, 10.0  # halvings over the whole training


def value(progress: float, shape: float) -> float:
    """Return 1 at the start, halved once to ten times over the training, more with `shape`."""
    halvings = SLOWEST + (FASTEST - SLOWEST) * shape
    return float(0.5 ** (halvings * progress))
