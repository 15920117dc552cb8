"""A task's data as one tensor per split, resident on the device."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fitness.data.task import Split, Task
from fitness.target import Target


@dataclass(frozen=True)
class Examples:
    """Inputs (N, C, ...) or (N, F), uint8 or floating, and encoded targets on one device.

    The targets (N, ...) are as `target`, which knows what they mean, encodes them for its loss.
    """

    x: Tensor
    y: Tensor
    target: Target

    def __len__(self) -> int:
        return len(self.y)

    def chosen(self, index: Tensor | slice) -> Examples:
        """Return some of the examples."""
        return replace(self, x=self.x[index], y=self.y[index])


@dataclass(frozen=True)
class ResidentData:
    """The splits that a training may see. Test data is loaded only when it is asked for."""

    train: Examples
    validation: Examples
    truth: npt.NDArray[Any]  # targets of validation as they are stored, on the host, for metrics

    @classmethod
    def load(cls, task: Task, device: str) -> ResidentData:
        """Copy the splits to the device, once."""
        return cls.of(task.train, task.validation, task.target, device)

    @classmethod
    def of(cls, train: Split, validation: Split, target: Target, device: str) -> ResidentData:
        """Copy these splits to the device."""
        on_device = resident(train, target, device), resident(validation, target, device)
        return cls(*on_device, validation.y)


def resident(split: Split, target: Target, device: str) -> Examples:
    """Copy one split to the device, from pinned memory where that is faster.

    On the CPU, arrays that are read-only lie in memory that workers share, and are not copied.
    """
    return Examples(_tensor(split.x, device), _tensor(target.encoded(split.y), device), target)


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
