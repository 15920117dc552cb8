"""Operation `excite`: channels times the sigmoid of a number each (arxiv.org/abs/1709.01507)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


def excited(x: Any, z: Any) -> Any:
    """Multiply channels (N, C, ...) by the sigmoid of numbers (N, C)."""
    scale = z.sigmoid()
    return x * scale.view(*scale.shape, *[1] * (x.dim() - 2))


class Excite(Operation):
    """Scale the channels of the first input (C, ...) by the second (C,)."""

    arity = 2

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if inputs[1] != inputs[0][:1]:
            raise ValueError(
                f"received shape {inputs[1]} to excite {inputs[0]}, expected a number each"
            )
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0]  # the second only scales it

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        return [matters, matters & carried[0]]  # what excites nothing does not matter

    def call(self, node: Node, source: Shape) -> str:
        spread = f"[{', '.join([':', ':', *['None'] * len(node.shape[1:])])}]"
        return "{0} * torch.sigmoid({1})" + spread * (len(node.shape) > 1)

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(excited)


OPERATION = Excite()
