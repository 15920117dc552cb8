"""Basis function `cyclic`: cosine waves from one to zero and back.

Half a wave is cosine annealing (Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983), more
are cyclical learning rates (Smith 2017, https://arxiv.org/abs/1506.01186).
"""

import math

FEWEST, MOST = 0.5, 4.0  # waves over the whole training


def value(progress: float, shape: float) -> float:
    """Return a wave that starts at one; `shape` sets how many there are, on a log scale."""
    waves = FEWEST * (MOST / FEWEST) ** shape
    return 0.5 * (1.0 + math.cos(2.0 * math.pi * waves * progress))
