"""The form in which a network takes pictures: size, channels, and how a file is brought to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FITS = ("pad", "crop", "stretch")


@dataclass(frozen=True)
class Form:
    """The shape that all pictures are brought to, and how; `deep` ones are float32, else bytes."""

    height: int
    width: int
    channels: int
    deep: bool
    fit: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of an array: channels first."""
        return self.channels, self.height, self.width

    @property
    def type(self) -> np.dtype[Any]:
        """Type of an array."""
        return np.dtype(np.float32 if self.deep else np.uint8)

    @property
    def bytes(self) -> int:
        """Size of one array."""
        return self.channels * self.height * self.width * self.type.itemsize
