"""Operation `average_pool`: the mean of each window of a channel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, pooled


class AveragePool(Operation):
    """Map (C, H, W) to (C, H', W')."""

    attributes = frozenset({"kernel", "stride"})
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return pooled(attributes, inputs[0])

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return int(attributes["kernel"] ** 2) * prod(target)

    def words(self, node: Node) -> str:
        size = node.attributes["kernel"]
        return f"average pool {size}×{size}"

    def call(self, node: Node) -> str:
        return text.pool(node, "avg_pool2d")

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch import nn

        return nn.AvgPool2d(attributes["kernel"], attributes["stride"])


OPERATION = AveragePool()
