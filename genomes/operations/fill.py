"""Operation `fill`: puts a value, fitted on the training data, where a number is missing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, is_finite, vector

SOURCE = '''

class Fill(nn.Module):
    """Put a value of each feature where it is NaN."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("values", torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x.isnan(), self.values, x)
'''


class Fill(Operation):
    """Keep features (F,) but for NaN, which become the `values`."""

    attributes = frozenset({"values"})
    axes = along(values=("outputs",))
    constants = ("values",)
    is_remembered = False
    reads_unmasked = True
    takes_missing = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        vector(inputs[0])
        if len(attributes["values"]) != inputs[0][0]:
            raise ValueError(f"received {len(attributes['values'])} values for shape {inputs[0]}")
        if not all(map(is_finite, attributes["values"])):
            raise ValueError("every value has to be a finite number")
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(target)

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return "fill in what is missing"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Fill({source[0]})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["values"])


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Fill(Layer):
        """Values by feature (F,)."""

        values: Tensor

        def __init__(self, values: Sequence[float]) -> None:
            super().__init__()
            self.register_buffer("values", torch.tensor(values))

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, F) to the same without NaN."""
            return torch.where(x.isnan(), self.values, x)

    return Fill


OPERATION = Fill()
