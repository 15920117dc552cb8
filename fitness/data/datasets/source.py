"""A map-style dataset as a source of examples: each becomes an array and a target.

What is random in a dataset (transforms that crop or jitter) follows from a seed: those of
`random`, NumPy and torch are set around each look, and put back.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import COLOURS, UnusableData, as_array

Array = npt.NDArray[Any]
SEEDS = 2**32  # NumPy takes no larger ones


@dataclass(frozen=True, eq=False)
class DatasetSource:
    """A dataset, the name of its split for messages, what its inputs are, if they are random."""

    dataset: Any
    name: str
    kind: str = "arrays"  # or signals, whose (channels, length) looks as (height, width)
    is_random: bool = False
    shape: tuple[int, ...] | None = None  # that all inputs have to have; None: not known yet

    def __len__(self) -> int:
        return len(self.dataset)

    def read(self, place: int, seed: int) -> tuple[Array, Any]:
        """Return the input (C, H, W), (C, L) or (F,) and the target of one example.

        Raises UnusableData for another shape than that of the first example, and for NaN.
        """
        if not self.is_random:
            return self.look(place)
        with seeded(seed):
            return self.look(place)

    def look(self, place: int) -> tuple[Array, Any]:
        """Return an example as it comes out this time."""
        example = self.dataset[place]
        if not isinstance(example, tuple | list) or len(example) != 2:
            kind = type(example).__name__
            raise UnusableData(
                f"{self._at(place)} is a {kind}, expected a pair (input, target); wrap the "
                "dataset in one that returns a pair"
            )
        x = self._input(example[0], place)
        if self.shape is not None and x.shape != self.shape:
            raise UnusableData(
                f"{self._at(place)} has shape {x.shape}, the first one has {self.shape}; bring "
                "all to one shape in the dataset"
            )
        return x, self._target(example[1], place)

    def _input(self, given: Any, place: int) -> Array:
        x = as_array(given, f"input of {self._at(place)}")
        if x.ndim == 2 and self.kind != "signals":
            x = x[None]
        if x.ndim == 3 and x.shape[2] in COLOURS and x.shape[0] not in COLOURS:
            x = x.transpose(2, 0, 1)
        if x.ndim not in (1, 2, 3) or x.dtype.kind not in "biuf" or not x.size:
            raise UnusableData(
                f"{self._at(place)} has an input of shape {x.shape} and type {x.dtype}, expected "
                "numbers: (channels, height, width), (features,) or, of signals, (channels, "
                "length)"
            )
        if x.dtype.kind == "f" and not np.isfinite(x).all():
            raise UnusableData(f"{self._at(place)} has an input that is NaN or infinite")
        return x if x.dtype == np.uint8 else x.astype(np.float32, copy=False)

    def _target(self, given: Any, place: int) -> Any:
        if isinstance(given, str | int | float):
            return given
        y = as_array(given, f"target of {self._at(place)}")
        if y.ndim > 1:
            raise UnusableData(
                f"{self._at(place)} has a target of shape {y.shape}, expected one class or value, "
                "or a list of values or labels"
            )
        return y

    def _at(self, place: int) -> str:
        return f"example {place} of {self.name}"


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators of `random`, NumPy and torch inside; leave them as they were."""
    import torch

    state, numpys = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng([]):
            random.seed(seed)
            np.random.seed(seed % SEEDS)
            torch.default_generator.manual_seed(seed)
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numpys)
