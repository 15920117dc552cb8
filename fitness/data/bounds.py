"""Bounds within which values tell something: a penalty of 1e18 must not hide what else differs.

Values further from the middle half of all than `FAR` times its width count as if they were there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FAR = 20.0
LARGEST = 1e100  # squares and sums of such numbers are still numbers


def bounds(values: Array) -> tuple[float, float]:
    """Return the lowest and highest of (N,) that count as they are; NaN and infinities are none.

    Where more than half are equal there is no width, and only numbers too large to square are far.
    """
    known = np.sort(values[np.isfinite(values)])
    if not len(known):
        return -LARGEST, LARGEST
    low, high = float(known[len(known) // 4]), float(known[-1 - len(known) // 4])
    reach = min(FAR * (high / 2.0 - low / 2.0), LARGEST) * 2.0
    if reach <= 0.0:
        return -LARGEST, LARGEST
    return max(low - reach, -LARGEST), min(high + reach, LARGEST)


def limits(x: Array) -> tuple[Array, Array]:
    """Return the bounds (D,), (D,) of columns (N, D)."""
    found = np.array([bounds(column) for column in x.T]).reshape(x.shape[1], 2)
    return found[:, 0], found[:, 1]


def bounded(x: Array) -> Array:
    """Return columns (N, D) within their bounds; NaN stays NaN."""
    return np.clip(x, *limits(x))
