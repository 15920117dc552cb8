"""A task's data as trainings take them: one tensor per split on the device, or streamed to it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fitness.data.streaming.inputs import MOST_AT_ONCE, Streamed
from fitness.data.streaming.loading import ChunkLoader
from fitness.data.task import Split, Task
from fitness.target import Target


@dataclass(frozen=True)
class Examples:
    """Inputs (N, C, ...), (N, F) or tokens (N, L), and encoded targets on one device.

    The targets (N, ...) are as `target`, which knows what they mean, encodes them for its loss.
    """

    x: Tensor
    y: Tensor
    target: Target
    epoch_examples: int | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(self.x.shape[1:])

    def chosen(self, index: Tensor | slice) -> Examples:
        """Return some of the examples."""
        return replace(self, x=self.x[index], y=self.y[index])

    @property
    def most_at_once(self) -> int:
        """Examples that are gathered at a time, at most."""
        return MOST_AT_ONCE

    def gathered(self, order: Tensor, size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs and targets of an order of examples, on the host, `size` at a time."""
        for chunk in torch.split(order, size):
            chosen = chunk.to(self.y.device, non_blocking=True)
            yield self.x[chosen], self.y[chosen]

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all examples as they lie, `size` at a time."""
        return zip(torch.split(self.x, size), torch.split(self.y, size), strict=True)


@dataclass(frozen=True)
class StreamedExamples:
    """Inputs that are read when they are needed, and encoded targets on the device.

    It is asked as `Examples` are; `loader` reads ahead. What is random in inputs follows `seed`.
    """

    inputs: Streamed
    y: Tensor
    target: Target
    loader: ChunkLoader
    epoch_examples: int | None = None

    def __len__(self) -> int:
        return len(self.y)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(self.inputs.shape[1:])

    def chosen(self, index: Tensor | slice) -> Examples:
        """Read some of the examples onto the device."""
        places = index if isinstance(index, slice) else index.cpu().numpy()
        x = torch.from_numpy(self.inputs[places]).to(self.y.device)
        return Examples(x, self.y[index], self.target)

    @property
    def most_at_once(self) -> int:
        """Examples that are gathered at a time, at most."""
        return self.inputs.most_at_once

    def gathered(self, order: Tensor, size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs and targets of an order of examples, on the host, `size` at a time."""
        device, chunks = self.y.device, torch.split(order, size)
        read = self.loader.chunks([chunk.numpy() for chunk in chunks], seed)
        for chunk, (x, _) in zip(chunks, read, strict=True):
            chosen = chunk.to(device, non_blocking=True)
            yield x.to(device, non_blocking=True), self.y[chosen]

    def in_order(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all examples as they lie, `size` at a time or fewer."""
        start = 0
        for x, _ in self.loader.in_order(size):
            yield x.to(self.y.device, non_blocking=True), self.y[start : start + len(x)]
            start += len(x)


AnyExamples = Examples | StreamedExamples


def drawn(examples: AnyExamples) -> int:
    """Return how many examples an epoch of training draws: all, unless the task says fewer."""
    return min(len(examples), examples.epoch_examples or len(examples))


@dataclass(frozen=True)
class ResidentData:
    """The splits that a training may see. Test data is loaded only when it is asked for."""

    train: AnyExamples
    validation: AnyExamples
    truth: npt.NDArray[Any]  # targets of validation as they are stored, on the host, for metrics
    groups: npt.NDArray[Any] | None = None  # of validation, for metrics too

    @classmethod
    def load(cls, task: Task, device: str) -> ResidentData:
        """Copy the splits to the device, once."""
        return cls.of(task, task.train, task.validation, device)

    @classmethod
    def of(cls, task: Task, train: Split, validation: Split, device: str) -> ResidentData:
        """Copy these splits of a task to the device."""
        examples = replace(
            resident(train, task.target, device), epoch_examples=task.epoch_examples
        )
        measured_on = resident(validation, task.target, device)
        return cls(examples, measured_on, validation.y, validation.groups)


def resident(split: Split, target: Target, device: str) -> AnyExamples:
    """Copy one split to the device, unless it is streamed.

    Memory is pinned where that is faster. On the CPU, arrays that are read-only lie in memory that
    workers share, and are not copied.
    """
    y = _tensor(target.encoded(split.y), device)
    if isinstance(split.x, Streamed):
        return StreamedExamples(split.x, y, target, ChunkLoader(split.x, pin=device == "cuda"))
    return Examples(_tensor(split.x, device), y, target)


def _tensor(array: npt.NDArray[np.generic], device: str) -> Tensor:
    whole = np.ascontiguousarray(array)
    if whole is array and not array.flags.writeable:  # shared with other workers of this node
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # nothing here writes into data
            tensor = torch.from_numpy(array)
    else:
        tensor = torch.tensor(whole)
    if device == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor
