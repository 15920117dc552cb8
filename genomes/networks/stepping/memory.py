"""A memory at one position; windows of one sequence share it."""

from __future__ import annotations

from torch import Tensor

from genomes.networks.remembering.layer import TimescaleMemory
from genomes.networks.remembering.session import Rereading


class MemoryStep:
    """The memory of a sequence; it outlives a window if the next one is `continued`."""

    def __init__(self, layer: TimescaleMemory) -> None:
        self.layer = layer
        self.restart()

    def restart(self) -> None:
        """Forget the sequence."""
        self.reading = Rereading(self.layer.session(), self.layer.length)

    def continued(self, again: int) -> None:
        """Begin the next window with so many positions that have been read before."""
        self.reading.again = again

    def __call__(self, place: int, x: Tensor) -> Tensor:
        """Map (1, C, 1) to (1, H, D, 1)."""
        positions = self.layer.positions(x, self.layer.weight)
        return self.reading.follow(positions, self.layer).transpose(2, 3)
