"""Operation `lay_out`: the numbers of each channel laid out along other sides."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole


class LayOut(Operation):
    """Map (C, ...) to (C, *`sides`), which hold as many numbers: an image as a sequence, say."""

    attributes = frozenset({"sides"})
    is_remembered = False
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        sides = attributes["sides"]
        known = any(are_whole(sides, count, 1) for count in (1, 2))
        if not known or prod(sides) != prod(inputs[0][1:]):
            raise ValueError(f"received sides {sides!r} for the numbers of {inputs[0]}")
        return inputs[0][0], *sides

    def words(self, node: Node) -> str:
        return f"laid out as {'×'.join(map(str, node.attributes['sides']))}"

    def call(self, node: Node, source: Shape) -> str:
        sides = ", ".join(map(str, node.attributes["sides"]))
        return f"{{0}}.reshape(-1, {node.shape[0]}, {sides})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        sides = attributes["sides"]
        return Applied(lambda x: x.reshape(*x.shape[:2], *sides))


OPERATION = LayOut()
