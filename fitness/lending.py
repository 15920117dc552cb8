"""How a task's arrays travel to workers that share them, and still look exactly as at home.

Pickling forgets the strides of axes of length one. They address nothing, but torch takes a
network's memory format, and so its kernels and their rounding, from them: a worker that got other
strides than the driver would train other networks. So they travel beside the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.task import Split, Task

Array = npt.NDArray[Any]
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Lent:
    """A task, and the strides of its inputs by split (None: those that pickling keeps)."""

    task: Task
    strides: dict[str, tuple[int, ...] | None]


def lent(task: Task) -> Lent:
    """Make a task ready to be pickled."""
    inputs = {name: getattr(task, name).x for name in SPLITS}
    return Lent(task, {n: x.strides if x.flags.c_contiguous else None for n, x in inputs.items()})


def borrowed(parcel: Lent) -> Task:
    """Return the task as it was lent; what was read-only in the parcel still is."""
    train, validation, test = (
        _as_at_home(getattr(parcel.task, name), parcel.strides[name]) for name in SPLITS
    )
    return replace(parcel.task, train=train, validation=validation, test=test)


def _as_at_home(split: Split, strides: tuple[int, ...] | None) -> Split:
    x = split.x
    if strides is None or x.strides == strides:
        return split
    view = np.lib.stride_tricks.as_strided(x, x.shape, strides, writeable=x.flags.writeable)
    return replace(split, x=view)
