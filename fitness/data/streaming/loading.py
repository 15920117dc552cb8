"""Reads streamed inputs ahead of their use: PyTorch's DataLoader over chunks of indices.

The order is given from outside, chunk by chunk; processes read, pages are pinned for a GPU. What
is read does not depend on how many processes there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from fitness.data.streaming.inputs import STILL, Array, Places, Streamed

AHEAD = 2  # chunks that each process reads ahead

Request = tuple[Places, int]  # examples of a chunk, and the seed of what is random in them
Chunk = tuple[Tensor, Array]  # inputs (B, ...) and targets (B, ...)


class _Chunks(Dataset[Chunk]):
    """Reads a chunk; runs in a process of the loader."""

    def __init__(self, inputs: Streamed) -> None:
        self.inputs = inputs

    def __getitem__(self, request: Request) -> Chunk:
        examples, seed = request
        inputs = self.inputs
        x = torch.empty((len(examples), *inputs.shape_of_one), dtype=_type(inputs))
        view, targets = x.numpy(), []
        for row, example in enumerate(examples.tolist()):
            # Each example has a seed of its own, so that chunks may be of any size.
            view[row], target = inputs.read(example, seed + example)
            targets.append(target)
        return x, np.asarray(targets)


@dataclass
class _Requests:
    """What the loader's processes are asked for in the pass that begins."""

    current: Sequence[Request] = ()

    def __iter__(self) -> Iterator[Request]:
        return iter(self.current)


@dataclass
class ChunkLoader:
    """Reads chunks of streamed inputs; its processes live from the first pass on."""

    inputs: Streamed
    pin: bool = False
    _requests: _Requests = field(default_factory=_Requests)
    _loader: DataLoader[Any] | None = None

    def chunks(self, examples: Sequence[Places], seed: int = STILL) -> Iterator[Chunk]:
        """Yield inputs and targets of each of these chunks, in their order.

        Only one pass at a time: the next one may begin when this is over.
        """
        self._requests.current = [(chunk, seed) for chunk in examples]
        if self._loader is None:
            self._loader = _loader(self.inputs, self._requests, self.pin)
        yield from self._loader

    def in_order(self, most: int) -> Iterator[Chunk]:
        """Yield all examples in their order, at most so many at a time."""
        size = min(most, self.inputs.most_at_once)
        every = np.arange(len(self.inputs), dtype=np.int64)
        return self.chunks(np.split(every, range(size, len(every), size)))


def _loader(inputs: Streamed, requests: _Requests, pin: bool) -> DataLoader[Any]:
    workers = inputs.workers
    return DataLoader(
        _Chunks(inputs),
        batch_size=None,
        sampler=requests,
        num_workers=workers,
        collate_fn=_as_it_is,
        pin_memory=pin,
        prefetch_factor=AHEAD if workers else None,
        persistent_workers=workers > 0,
        generator=torch.Generator(),  # of its own: dropout takes numbers from the global one
    )


def _as_it_is(chunk: Any) -> Any:
    return chunk


def _type(inputs: Streamed) -> torch.dtype:
    return torch.from_numpy(np.empty(0, dtype=inputs.dtype)).dtype
