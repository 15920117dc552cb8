"""One split of a task: inputs and targets, and the groups that a metric is measured in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData, as_array, as_inputs, plain_layout
from fitness.data.streaming.inputs import Inputs, Streamed, joined, taken


@dataclass(frozen=True)
class Split:
    """Inputs (N, channels, height, width), (N, features) or tokens (N, length), targets (N, ...).

    With `kind` "signals" inputs are (N, channels, length); (N, length) are of one channel.

    Takes what `fitness.data.arrays` does, and holds plain arrays: inputs uint8, float32 or
    float64, or `Streamed` ones, which stay where they are; targets as they were given, until a
    `Task` adopts them. `notes` say what was taken otherwise than it was given. With `kind`
    "table" inputs are rows of a table, and NaN stands for what is missing. `groups` (N,), numbers
    or texts, tell the groups in each of which a metric is measured.
    """

    x: Inputs
    y: npt.NDArray[Any]
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)
    kind: str = "arrays"
    groups: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        x, of_inputs = _taken(self.x, self.kind)
        y = as_array(self.y, "targets")
        if not y.ndim or len(x) != len(y):
            received = len(y) if y.ndim else "no list of"
            raise UnusableData(f"received {len(x)} inputs and {received} targets")
        y = plain_layout(y) if y.dtype.kind in "biuf" else y
        groups = None if self.groups is None else as_array(self.groups, "groups")
        if groups is not None and groups.shape != (len(y),):
            raise UnusableData(f"received groups {groups.shape} of {len(y)} examples")
        set_fields(self, x=x, y=y, notes=unique(self.notes + of_inputs), groups=groups)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def array(self) -> npt.NDArray[Any]:
        """The inputs where they are known to be in memory, as those of a file that was read."""
        assert isinstance(self.x, np.ndarray)
        return self.x

    def chosen(self, index: npt.NDArray[np.integer], notes: tuple[str, ...] = ()) -> Split:
        """Return some of the examples, with further notes."""
        groups = None if self.groups is None else self.groups[index]
        return replace(
            self, x=taken(self.x, index), y=self.y[index], notes=self.notes + notes, groups=groups
        )

    def joined(self, other: Split) -> Split:
        """Return the examples of both, one after the other."""
        groups = None
        if self.groups is not None and other.groups is not None:
            groups = np.concatenate([self.groups, other.groups])
        x, y = joined(self.x, other.x), np.concatenate([self.y, other.y])
        return replace(self, x=x, y=y, groups=groups)


def set_fields(frozen: object, **values: Any) -> None:
    """Set fields of a frozen value that is still being made."""
    for name, value in values.items():
        object.__setattr__(frozen, name, value)


def unique(notes: Iterable[str]) -> tuple[str, ...]:
    """Return each note once, in order."""
    return tuple(dict.fromkeys(notes))


def _taken(x: Any, kind: str) -> tuple[Inputs, tuple[str, ...]]:
    return (x, ()) if isinstance(x, Streamed) else as_inputs(x, kind)
