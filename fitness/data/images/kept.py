"""Decoded pictures too many for memory: read from the cache's file, wherever a process is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.streaming.inputs import Streamed

WORKERS = 1  # processes that read for a training: a picture is a copy of some memory


@dataclass(frozen=True, eq=False)
class KeptPictures:
    """A split's pictures: `count` of a file, from `start` on; each process maps the file."""

    file: Path
    start: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __reduce__(self) -> tuple[type[KeptPictures], tuple[Path, int, int]]:
        return type(self), (self.file, self.start, self.count)  # not what is mapped

    def read(self, place: int, seed: int) -> tuple[npt.NDArray[Any], Any]:
        """Return a picture (C, H, W); its target is known otherwise."""
        return self._pictures[self.start + place], None

    @cached_property
    def _pictures(self) -> npt.NDArray[Any]:
        try:
            mapped: npt.NDArray[Any] = np.load(self.file, mmap_mode="r", allow_pickle=False)
        except OSError:
            raise UnusableData(
                f"the decoded pictures {self.file} are not on this machine: set XDG_CACHE_HOME to "
                "a folder that all machines of the cluster see, and start again"
            ) from None
        return mapped


def streamed(
    file: Path, start: int, count: int, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Streamed:
    """Return so many pictures of a file, from one on, as inputs that stay there."""
    return Streamed.of(KeptPictures(file, start, count), shape, dtype, WORKERS)
