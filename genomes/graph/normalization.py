"""The affine map that a network applies to its inputs first; fitted on train data elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

COARSEST = 1e-3  # standard deviations by which the rounding of an input may move it
FLOAT32_ROUNDING, FLOAT32_SMALL, FLOAT32_LARGE = 2.0**-24, 1e-31, 3e29  # with room for digits


@dataclass(frozen=True)
class Normalization:
    """`(x - mean) / std` per channel (images, sequences) or feature (vectors), in data's units."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.mean or len(self.mean) != len(self.std):
            raise ValueError(
                f"received {len(self.mean)} means and {len(self.std)} standard deviations; "
                "expected one of each per channel or feature"
            )
        if not all(map(math.isfinite, self.mean)):
            raise ValueError(f"received means {self.mean}, expected finite numbers")
        if not all(math.isfinite(std) and std > 0 for std in self.std):
            raise ValueError(f"received standard deviations {self.std}, expected above zero")

    @property
    def needs_float64(self) -> bool:
        """Whether raw inputs lose what they tell in float32, before they are normalised."""
        return needs_float64(self.mean, self.std)


def needs_float64(mean: Sequence[float], std: Sequence[float]) -> bool:
    """Tell whether raw inputs lose what they tell in float32, before they are normalised.

    That is so far from zero, where little variation drowns in rounding, and out of its range.
    """
    return any(
        abs(m) * FLOAT32_ROUNDING > COARSEST * s
        or s < FLOAT32_SMALL
        or max(abs(m), s) > FLOAT32_LARGE
        for m, s in zip(mean, std, strict=True)
    )
