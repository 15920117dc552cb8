"""Operation `global_average_pool`: the mean of each channel over all positions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, sides


def means(x: Any) -> Any:
    """Map (N, C, ...) to (N, C)."""
    return x.mean(tuple(range(2, x.dim())))


class GlobalAveragePool(Operation):
    """Map (C, H, W) or (C, L) to (C,)."""

    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        sides(inputs[0])  # vectors have no positions
        return inputs[0][:1]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(source)

    def call(self, node: Node, source: Shape) -> str:
        return "{0}.mean(dim=2)" if len(source) == 2 else "{0}.mean(dim=(2, 3))"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(means)


OPERATION = GlobalAveragePool()
