"""Operation `max_pool`: the maximum of each window of a channel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, pooled, sides, window_words


class MaxPool(Operation):
    """Map (C, H, W) to (C, H', W'), (C, L) to (C, L')."""

    attributes = frozenset({"kernel", "stride"})
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return pooled(attributes, inputs[0])

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return int(attributes["kernel"] ** len(sides(source))) * prod(target)

    def words(self, node: Node) -> str:
        return f"max pool {window_words(node.attributes['kernel'], node.shape)}"

    def call(self, node: Node, source: Shape) -> str:
        return text.pool(node, "max_pool2d")

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch import nn

        module = (nn.MaxPool1d, nn.MaxPool2d)[len(sides(source)) - 1]
        return module(attributes["kernel"], attributes["stride"])


OPERATION = MaxPool()
