"""Inputs that stay where they are: an array's shape and type, examples read when asked for.

Which examples are read, and in what order, is decided by index outside. So the same seed gives the
same batches, however many processes read. Free of torch.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Places = npt.NDArray[np.int64]
HELD_BYTES = 2 * 10**9  # of all inputs of a task, up to which they are held in memory
CHUNK_BYTES = 16_000_000  # of inputs that are read and handed on at a time
MOST_AT_ONCE = 4096  # examples that are gathered and augmented at a time
SAMPLE = 2000  # examples that stand for all, where statistics are fitted
KNOWN_BY = 64  # examples by whose contents data are told from others
STILL = 0  # seed of all that is read outside a training


class ExampleSource(Protocol):
    """Where examples come from."""

    def __len__(self) -> int: ...

    def read(self, place: int, seed: int) -> tuple[Array, Any]:
        """Return input and target of one example; what is random in it follows from the seed."""


@dataclass(frozen=True, eq=False)
class Streamed:
    """Inputs (N, ...): example i is at `places[i]` of source `which[i]`.

    `workers` processes read for a training. Takes integers, slices and arrays of indices as an
    array does, and returns arrays that are read for it.
    """

    sources: tuple[ExampleSource, ...]
    which: Places
    places: Places
    shape_of_one: tuple[int, ...]
    dtype: np.dtype[Any]
    workers: int = 0

    @classmethod
    def of(
        cls, source: ExampleSource, shape: tuple[int, ...], dtype: np.dtype[Any], workers: int
    ) -> Streamed:
        """Stream all examples of a source."""
        places = np.arange(len(source), dtype=np.int64)
        return cls((source,), np.zeros_like(places), places, shape, dtype, workers)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: Any) -> Array:
        chosen = np.arange(len(self))[index]
        if chosen.ndim == 0:
            return self.read(int(chosen), STILL)[0]
        x = np.empty((len(chosen), *self.shape_of_one), dtype=self.dtype)
        for row, place in enumerate(chosen.tolist()):
            x[row] = self.read(place, STILL)[0]
        return x

    def read(self, example: int, seed: int) -> tuple[Array, Any]:
        """Return input and target of one example."""
        return self.sources[int(self.which[example])].read(int(self.places[example]), seed)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of all inputs (N, ...)."""
        return len(self), *self.shape_of_one

    @property
    def ndim(self) -> int:
        """Number of dimensions, that of the examples among them."""
        return 1 + len(self.shape_of_one)

    @property
    def nbytes(self) -> int:
        """Bytes that are held: none."""
        return 0

    @property
    def whole_bytes(self) -> int:
        """Bytes that all inputs would take."""
        return len(self) * self.example_bytes

    @property
    def example_bytes(self) -> int:
        """Bytes of one input."""
        return int(np.prod(self.shape_of_one)) * self.dtype.itemsize

    @property
    def most_at_once(self) -> int:
        """Examples of the largest chunk that is read at a time."""
        return max(1, min(MOST_AT_ONCE, CHUNK_BYTES // self.example_bytes))

    def take(self, index: npt.NDArray[np.integer]) -> Streamed:
        """Return some of the inputs, as streamed ones."""
        return replace(self, which=self.which[index], places=self.places[index])

    def sample(self) -> Array:
        """Read the examples that stand for all, the same ones each time."""
        count = min(SAMPLE, len(self))
        chosen = np.random.RandomState(0).permutation(len(self))[:count]
        return self[np.sort(chosen)]

    def identity(self) -> bytes:
        """Hash some examples, evenly spread: with shape and targets they tell data from others."""
        chosen = np.unique(np.linspace(0, len(self) - 1, KNOWN_BY).astype(np.int64))
        return hashlib.sha256(self[chosen].tobytes()).digest()


Inputs = Array | Streamed


def joined(one: Inputs, other: Inputs) -> Inputs:
    """Return inputs one after the other; a task's are all arrays or all streamed."""
    if isinstance(one, Streamed) and isinstance(other, Streamed):
        return replace(
            one,
            sources=one.sources + other.sources,
            which=np.concatenate([one.which, other.which + len(one.sources)]),
            places=np.concatenate([one.places, other.places]),
        )
    assert isinstance(one, np.ndarray)
    assert isinstance(other, np.ndarray)
    return np.concatenate([one, other])


def taken(inputs: Inputs, index: npt.NDArray[np.integer]) -> Inputs:
    """Return some inputs, streamed if all are."""
    return inputs.take(index) if isinstance(inputs, Streamed) else inputs[index]
