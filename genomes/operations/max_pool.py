"""Operation `max_pool`: the maximum of each window of a channel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape
from genomes.graph.window import Window


class MaxPool(Operation):
    """Map (C, H, W) to (C, H', W'), (C, L) to (C, L')."""

    attributes = frozenset({"kernel", "stride"})
    optional = frozenset({"padding", "ceil"})
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        ceil = attributes.get("ceil", False)
        return inputs[0][0], *_window(attributes, inputs[0]).placed(inputs[0], ceil=ceil)

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return _window(attributes, source).size * prod(target)

    def words(self, node: Node) -> str:
        return f"max pool {_window(node.attributes, node.shape).words()}"

    def call(self, node: Node, source: Shape) -> str:
        return text.pool(node, "max_pool2d")

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch import nn

        window = _window(attributes, source)
        named = {"ceil_mode": attributes.get("ceil", False)}
        module: Any = (nn.MaxPool1d, nn.MaxPool2d)[len(window.kernel) - 1]
        return module(window.kernel, window.stride, window.padding, **named)


def _window(attributes: Record, shape: Shape) -> Window:
    return Window.of(attributes, shape, padded=False)


OPERATION = MaxPool()
