"""The affine map that a network applies to its inputs first; fitted on train data elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Normalization:
    """`(x - mean) / std` per channel (images) or per feature (vectors), in the data's units."""

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
