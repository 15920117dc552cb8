"""Operation `affine`: a number times the input, plus a number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, is_finite


def changed(x: Any, scale: float, offset: float) -> Any:
    """Map any tensor to one of its shape."""
    x = x if scale == 1.0 else x * scale
    return x if offset == 0.0 else x + offset


class Affine(Operation):
    """Multiply each number by `scale` and add `offset`, neither of which is trained."""

    attributes = frozenset({"scale", "offset"})
    is_pointwise = True
    is_remembered = False
    drawn = "behind"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        for name in ("scale", "offset"):
            if not is_finite(attributes[name]):
                raise ValueError(f"{name} is {attributes[name]!r}, expected a finite number")
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        steps = (attributes["scale"] != 1.0) + (attributes["offset"] != 0.0)
        return int(steps * prod(target))

    def keeps_zero(self, attributes: Record) -> bool:
        return bool(attributes["offset"] == 0.0)

    def words(self, node: Node) -> str:
        scale, offset = node.attributes["scale"], node.attributes["offset"]
        words = [f"× {scale:.4g}"] if scale != 1.0 else []
        words += [f"{'+' if offset > 0.0 else '-'} {abs(offset):.4g}"] if offset else []
        return " ".join(words)

    def call(self, node: Node, source: Shape) -> str:
        scale, offset = node.attributes["scale"], node.attributes["offset"]
        text = "{0}" if scale == 1.0 else f"{{0}} * {scale!r}"
        sign = "+" if offset > 0.0 else "-"
        return text if offset == 0.0 else f"{text} {sign} {abs(offset)!r}"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(changed, **attributes))


OPERATION = Affine()
