"""What a call of a traced module gives, in terms of a node of the network under construction.

Views, permutations, splits and shuffles compute nothing, so no node stands for them: a value says
which number of its node stands where. What such a call does, it is asked: it is applied to
numbers that are counted through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor

from genomes.graph.shapes import Shape
from genomes.importing.errors import Unsupported
from genomes.importing.traced import BATCH


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the traced module, without the batch: `index` says where its numbers stand.

    `index` holds for each place the number, counted through, of the output of `node`, whose shape
    is `source`.
    """

    node: str
    source: Shape
    index: Tensor

    @classmethod
    def whole(cls, node: str, shape: Shape) -> Value:
        """Return the output of a node as it is."""
        return cls(node, shape, torch.arange(prod(shape)).view(shape))

    @property
    def shape(self) -> Shape:
        """The shape in the traced module, without the batch."""
        return tuple(self.index.shape)

    @property
    def is_whole(self) -> bool:
        """Whether it is the output of the node as it is."""
        return self.shape == self.source and self.is_in_order

    @property
    def is_in_order(self) -> bool:
        """Whether all numbers of the node stand in their order, whatever the shape."""
        return torch.equal(self.index.flatten(), torch.arange(prod(self.source)))

    def moved(self, call: Callable[[Tensor], Any]) -> Value | list[Value]:
        """Apply what moves numbers of a batch; Unsupported if it moves them between examples."""
        size = prod(self.source)
        offsets = torch.arange(BATCH).view(-1, *[1] * self.index.dim()) * size
        found = call((self.index + offsets).contiguous())
        if isinstance(found, Tensor):
            return self._of_batch(found)
        return [self._of_batch(part) for part in found]

    def front(self, axis: int) -> Value:
        """Return it with an axis, counted without the batch, as the first."""
        return Value(self.node, self.source, self.index.movedim(axis, 0))

    def with_first_at(self, axis: int) -> Value:
        """Return it with the first axis at another place: the reverse of `front`."""
        return Value(self.node, self.source, self.index.movedim(0, axis))

    def chosen(self) -> tuple[int, ...] | None:
        """Return which channels of the node it consists of, sides as they are; None if of none."""
        if not self.shape or self.shape[1:] != self.source[1:] or not self.shape[0]:
            return None
        positions = prod(self.source[1:])
        rows = self.index.reshape(self.shape[0], positions)
        channels = rows[:, 0] // positions
        expected = channels[:, None] * positions + torch.arange(positions)
        return tuple(channels.tolist()) if torch.equal(rows, expected) else None

    def _of_batch(self, found: Tensor) -> Value:
        size = prod(self.source)
        if found.dim() == 0 or found.shape[0] != BATCH:
            raise Unsupported("does not keep examples apart")
        offsets = torch.arange(BATCH).view(-1, *[1] * (found.dim() - 1)) * size
        if not torch.equal(found, found[:1] + offsets):
            raise Unsupported("moves numbers from one example to another")
        return Value(self.node, self.source, found[0])
