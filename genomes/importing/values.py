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

    def of_batch(self) -> Tensor:
        """Return where the numbers of a batch stand, counted through its examples."""
        offsets = torch.arange(BATCH).view(-1, *[1] * self.index.dim()) * prod(self.source)
        return self.index + offsets

    def moved(self, call: Callable[[Tensor], Any]) -> Moved | list[Moved]:
        """Apply what moves numbers of a batch."""
        found = call(self.of_batch().contiguous())
        if isinstance(found, Tensor):
            return of_numbers(self.node, self.source, found)
        return [of_numbers(self.node, self.source, part) for part in found]

    def on(self, node: str) -> Value:
        """Return the same of another node, whose output has the same shape."""
        return Value(node, self.source, self.index)

    def front(self, axis: int) -> Value:
        """Return it with an axis, counted without the batch, as the first."""
        return Value(self.node, self.source, self.index.movedim(axis, 0))

    def with_first_at(self, axis: int) -> Value:
        """Return it with the first axis at another place: the reverse of `front`."""
        return Value(self.node, self.source, self.index.movedim(0, axis))

    def channel_axis(self) -> int:
        """Return the axis along which the channels of its node lie, the first if none is."""
        channels = self.index // prod(self.source[1:])
        for axis, side in enumerate(self.shape):
            lines = channels.movedim(axis, 0).reshape(side, -1)
            along = torch.equal(lines, lines[:, :1].expand_as(lines))
            if along and count_different(lines[:, 0]) == count_different(channels):
                return axis
        return 0

    def chosen(self) -> tuple[int, ...] | None:
        """Return which channels of the node it consists of, sides as they are; None if of none."""
        if not self.shape or self.shape[1:] != self.source[1:] or not self.shape[0]:
            return None
        positions = prod(self.source[1:])
        rows = self.index.reshape(self.shape[0], positions)
        channels = rows[:, 0] // positions
        expected = channels[:, None] * positions + torch.arange(positions)
        return tuple(channels.tolist()) if torch.equal(rows, expected) else None

    def ranges(self) -> tuple[tuple[int, int, int], ...] | None:
        """Return which positions of all channels it consists of: a range of each side, or None."""
        if len(self.shape) != len(self.source) or self.shape[0] != self.source[0]:
            return None
        places = torch.unravel_index(self.index, self.source)
        found = []
        for axis, along in enumerate(places):
            line = along.movedim(axis, 0).flatten(1)
            if not bool((line == line[:, :1]).all()):
                return None
            first, step = int(line[0, 0]), int(line[1, 0] - line[0, 0]) if len(line) > 1 else 1
            run = range(first, first + step * len(line), step) if step > 0 else range(0)
            if line[:, 0].tolist() != list(run):
                return None
            found.append((first, run[-1] + 1, step))
        return tuple(found[1:]) if found[0] == (0, self.source[0], 1) else None


@dataclass(frozen=True, eq=False)
class Scattered:
    """A tensor of the traced module whose first axis is not that of the examples.

    `numbers` holds for each place the number of the outputs of `node` for a whole batch, counted
    through: an example after the other, each of them of shape `source`.
    """

    node: str
    source: Shape
    numbers: Tensor

    def of_batch(self) -> Tensor:
        """Return where the numbers of a batch stand, counted through its examples."""
        return self.numbers

    def moved(self, call: Callable[[Tensor], Any]) -> Moved | list[Moved]:
        """Apply what moves numbers of a batch."""
        found = call(self.numbers.contiguous())
        if isinstance(found, Tensor):
            return of_numbers(self.node, self.source, found)
        return [of_numbers(self.node, self.source, part) for part in found]

    def on(self, node: str) -> Scattered:
        """Return the same of another node, whose output has the same shape."""
        return Scattered(node, self.source, self.numbers)


Moved = Value | Scattered


def reduced(index: Tensor, first: int = 0) -> Tensor:
    """Return an index with one place along each axis from `first` along which all are the same."""
    for axis in range(first, index.dim()):
        line = index.narrow(axis, 0, 1)
        if torch.equal(line.expand_as(index), index):
            index = line
    return index


def count_different(numbers: Tensor) -> int:
    """Count the different numbers of a tensor."""
    return len(set(numbers.flatten().tolist()))


def of_numbers(node: str, source: Shape, numbers: Tensor) -> Moved:
    """Return a value by the numbers of a batch, of whatever order."""
    size = prod(source)
    if numbers.dim() == 0 or numbers.shape[0] != BATCH:
        return Scattered(node, source, numbers)
    offsets = torch.arange(BATCH).view(-1, *[1] * (numbers.dim() - 1)) * size
    if not torch.equal(numbers, numbers[:1] + offsets):
        return Scattered(node, source, numbers)
    if bool((numbers[0] >= size).any()):
        return Scattered(node, source, numbers)
    return Value(node, source, numbers[0])


@dataclass(frozen=True, eq=False)
class Rows:
    """A value as rows of its last axis: `table` (R, F) are those of one example, in order.

    `order` says at which place each row of the batch lies, `sides` are all axes but the last.
    """

    table: Value
    order: Tensor
    sides: tuple[int, ...]

    @classmethod
    def of(cls, value: Moved) -> Rows:
        """Sort the rows by example and place; Unsupported for rows of more than one example."""
        numbers, size = value.of_batch(), prod(value.source)
        rows = numbers.reshape(-1, numbers.shape[-1])
        examples = rows // size
        if not torch.equal(examples, examples[:, :1].expand_as(examples)):
            raise Unsupported("mixes numbers of different examples")
        order = torch.argsort(rows[:, 0], stable=True)
        if len(rows) % BATCH:
            raise Unsupported("does not treat examples alike")
        table = of_numbers(value.node, value.source, rows[order].view(BATCH, -1, rows.shape[1]))
        if not isinstance(table, Value):
            raise Unsupported("does not treat examples alike")
        return cls(table, order, tuple(numbers.shape[:-1]))

    def restored(self, table: Value) -> Moved:
        """Return rows (R, G) of another node as these lie."""
        found = table.of_batch().flatten(0, 1)
        rows = torch.empty_like(found)
        rows[self.order] = found
        return of_numbers(table.node, table.source, rows.view(*self.sides, -1))
