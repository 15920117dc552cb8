"""Operation `adaptive_pool`: the mean or maximum of each channel over a grid of a given size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole, sides
from genomes.graph.source import of_dimension

FUNCTIONS = {"average": "adaptive_avg_pool2d", "maximum": "adaptive_max_pool2d"}


class AdaptivePool(Operation):
    """Map (C, H, W) or (C, L) to (C, *`size`)."""

    attributes = frozenset({"kind", "size"})
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        size = attributes["size"]
        if attributes["kind"] not in FUNCTIONS:
            raise ValueError(f"kind is {attributes['kind']!r}, expected average or maximum")
        if not are_whole(size, len(sides(inputs[0])), 1):
            raise ValueError(f"size is {size!r}, expected a number of at least 1 for each side")
        return inputs[0][0], *size

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(source)

    def words(self, node: Node) -> str:
        size = "×".join(map(str, node.attributes["size"]))
        return f"{node.attributes['kind']} pool to {size}"

    def call(self, node: Node, source: Shape) -> str:
        function = of_dimension(FUNCTIONS[node.attributes["kind"]], source)
        return f"F.{function}({{0}}, {node.attributes['size']})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn import functional

        from genomes.networks.layers import Applied

        function = getattr(functional, of_dimension(FUNCTIONS[attributes["kind"]], source))
        return Applied(partial(function, output_size=attributes["size"]))


OPERATION = AdaptivePool()
