"""Operation `fixed`: numbers that are not trained, the same for all examples.

Buffers and other tensors that a given network holds; else as `parameter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape
from genomes.graph.source import arguments
from genomes.operations.parameter import checked_shape

SOURCE = '''

class FixedNumbers(nn.Module):
    """Numbers of a shape (C, ...) that are not trained, the same for all examples."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("values", torch.zeros(shape[0], math.prod(shape[1:])))

    def forward(self) -> Tensor:
        return self.values.view(1, *self.shape)
'''


class Fixed(Operation):
    """Map an input of any shape, which it does not read, to (`out_channels`, *`sides`)."""

    attributes = frozenset({"out_channels", "sides"})
    axes = along(values=("outputs", "none"))
    constants = ("values",)
    is_remembered = False
    ties = "none"
    width = "out_channels"
    reads_nothing = True
    drawn = "within"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return checked_shape(attributes)

    def words(self, node: Node) -> str:
        return f"(fixed {'×'.join(map(str, node.shape))})"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"FixedNumbers({arguments(*node.shape)})"

    def call(self, node: Node, source: Shape) -> str:
        return f"self.{node.name}()"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(target)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class FixedNumbers(Layer):
        """Give the values (C, P) as (1, C, ...)."""

        values: Tensor

        def __init__(self, shape: Shape) -> None:
            super().__init__()
            self.shape = shape
            self.register_buffer("values", torch.zeros(shape[0], prod(shape[1:])))

        def forward(self, x: Tensor) -> Tensor:
            return self.values.view(1, *self.shape)

    return FixedNumbers


OPERATION = Fixed()
