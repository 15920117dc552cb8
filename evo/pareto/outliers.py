"""Far outliers among values of an objective (Tukey 1977): what scales and views leave out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

WHISKER = 3.0  # widths of the middle half, beyond which values are far outliers


def fence(points: npt.NDArray[np.float64]) -> float:
    """Return the lowest of sorted points (N,) that is no outlier."""
    low, high = points[len(points) // 4], points[-1 - len(points) // 4]
    return float(points[points >= low - WHISKER * (high - low)][0])


def in_view(values: Sequence[float], rises: bool) -> list[float]:
    """Leave out far outliers on the worse side, the low one of what `rises`."""
    sign = 1.0 if rises else -1.0
    least = fence(np.sort(sign * np.asarray(values, dtype=np.float64)))
    return [value for value in values if sign * value >= least]
