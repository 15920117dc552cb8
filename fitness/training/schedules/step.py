"""Basis function `step`: one, then a tenth (He et al. 2015, https://arxiv.org/abs/1512.03385)."""

EARLIEST, LATEST = 0.1, 0.9  # shares of training
LOW = 0.1


def value(progress: float, shape: float) -> float:
    """Return one before the step, a tenth from then on; `shape` sets when that is."""
    return LOW if progress >= EARLIEST + (LATEST - EARLIEST) * shape else 1.0
