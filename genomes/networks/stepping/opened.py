"""Which channels of a group are open at the position that is computed, as runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

# Computes a node at a place, counted from zero, from inputs (1, C, 1); at zero it starts anew.
Step = Callable[..., Tensor]


class Opened:
    """The open channels of a group; `runs` says for how many each mark of its gate speaks."""

    def __init__(self, channels: int, runs: Sequence[int]) -> None:
        self.channels, self.runs = channels, tuple(runs)
        self.slices = [slice(0, channels)]

    def follow(self, marks: Sequence[float]) -> None:
        """Take over marks (M,); neighbours that are open become one slice."""
        found: list[slice] = []
        start = 0
        for mark, run in zip(marks, self.runs, strict=True):
            stop = start + run
            if mark > 0.5 and run:
                if found and found[-1].stop == start:
                    found[-1] = slice(found[-1].start, stop)
                else:
                    found.append(slice(start, stop))
            start = stop
        self.slices = found

    @property
    def gaps(self) -> list[slice]:
        """The closed channels, as runs."""
        stops = [0, *(part.stop for part in self.slices)]
        starts = [*(part.start for part in self.slices), self.channels]
        return [slice(a, b) for a, b in zip(stops, starts, strict=True) if a < b]

    @property
    def share(self) -> float:
        """The share of channels that are open."""
        return sum(part.stop - part.start for part in self.slices) / self.channels


@dataclass(frozen=True)
class Ends:
    """What may be closed where a node reads and writes; None where nothing is.

    `spread` is how many features it reads of each channel that may be closed. `is_passed` tells
    whether all who read what it closes leave closed channels out, so that it need not.
    """

    inputs: Opened | None = None
    outputs: Opened | None = None
    spread: int = 1
    is_passed: bool = False
