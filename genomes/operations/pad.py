"""Operation `pad`: zeros around the sides of an image or a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole, sides


class Pad(Operation):
    """Widen the sides of (C, H, W) or (C, L) by `amounts`: as torch has them, the last side first.

    Of each side it has two, before and behind.
    """

    attributes = frozenset({"amounts"})
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        amounts, before = attributes["amounts"], sides(inputs[0])
        if not are_whole(amounts, 2 * len(before), 0):
            raise ValueError(f"amounts are {amounts!r}, expected two from 0 for each side")
        pairs = [sum(amounts[place : place + 2]) for place in range(0, len(amounts), 2)]
        return inputs[0][0], *(n + more for n, more in zip(before, reversed(pairs), strict=True))

    def words(self, node: Node) -> str:
        return f"pad by {', '.join(map(str, node.attributes['amounts']))}"

    def call(self, node: Node, source: Shape) -> str:
        return f"F.pad({{0}}, {node.attributes['amounts']})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import pad

        from genomes.networks.layers import Applied

        return Applied(partial(pad, pad=attributes["amounts"]))


OPERATION = Pad()
