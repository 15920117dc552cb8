"""A task's data as one tensor per split, resident on the device."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fitness.data.task import Split, Task


@dataclass(frozen=True)
class Examples:
    """Inputs (N, C, H, W) or (N, F), uint8 or float32, and labels (N,) int64 on one device."""

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class ResidentData:
    """The splits that a training may see. Test data is loaded only when it is asked for."""

    train: Examples
    validation: Examples

    @classmethod
    def load(cls, task: Task, device: str) -> ResidentData:
        """Copy the splits to the device, once."""
        return cls(resident(task.train, device), resident(task.validation, device))


def resident(split: Split, device: str) -> Examples:
    """Copy one split to the device, from pinned memory where that is faster.

    On the CPU, arrays that are read-only lie in memory that workers share, and are not copied.
    """
    return Examples(_tensor(split.x, device), _tensor(split.y, device))


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
