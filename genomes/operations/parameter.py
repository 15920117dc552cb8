"""Operation `parameter`: trained numbers, the same for all examples, which others combine with.

Of each channel, or one for all of them; of each position, or one for all of a side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, are_whole, positive
from genomes.graph.source import arguments

SOURCE = '''

class Numbers(nn.Module):
    """Trained numbers of a shape (C, ...), the same for all examples."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape
        self.weight = nn.Parameter(torch.zeros(shape[0], math.prod(shape[1:])))

    def forward(self) -> Tensor:
        return self.weight.view(1, *self.shape)
'''


class Parameter(Operation):
    """Map an input of any shape, which it does not read, to (`out_channels`, *`sides`)."""

    attributes = frozenset({"out_channels", "sides"})
    axes = along(weight=("outputs", "none"))
    is_remembered = False
    ties = "none"
    width = "out_channels"
    reads_nothing = True
    drawn = "within"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return checked_shape(attributes)

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": (target[0], prod(target[1:]))}

    def words(self, node: Node) -> str:
        return f"(trained {'×'.join(map(str, node.shape))})"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Numbers({arguments(*node.shape)})"

    def call(self, node: Node, source: Shape) -> str:
        return f"self.{node.name}()"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(target)


def checked_shape(attributes: Record) -> Shape:
    """Return the shape that attributes of numbers state; ValueError for none."""
    positive(attributes, "out_channels")
    sides = attributes["sides"]
    if not isinstance(sides, tuple) or not are_whole(sides, len(sides), 1) or len(sides) > 2:
        raise ValueError(f"sides are {sides!r}, expected up to two numbers of at least 1")
    return attributes["out_channels"], *sides


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor, nn

    from genomes.networks.layers import Layer

    class Numbers(Layer):
        """Give the weight (C, P) as (1, C, ...)."""

        def __init__(self, shape: Shape) -> None:
            super().__init__()
            self.shape = shape
            self.weight = nn.Parameter(torch.zeros(shape[0], prod(shape[1:])))

        def forward(self, x: Tensor) -> Tensor:
            return self.weight.view(1, *self.shape)

    return Numbers


OPERATION = Parameter()
