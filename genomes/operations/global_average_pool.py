"""Operation `global_average_pool`: the mean of each channel over all positions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, image


def means(x: Any) -> Any:
    """Map (N, C, H, W) to (N, C)."""
    return x.mean((2, 3))


class GlobalAveragePool(Operation):
    """Map (C, H, W) to (C,)."""

    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return image(inputs[0])[:1]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(source)

    def call(self, node: Node) -> str:
        return "{0}.mean(dim=(2, 3))"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(means)


OPERATION = GlobalAveragePool()
