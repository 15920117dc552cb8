"""Operation `multiply`: the product of two inputs, one of which may have one number a channel."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, common_shape


class Multiply(Operation):
    """Multiply number by number; sides of 1 are repeated."""

    arity = 2

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return common_shape(*inputs)

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0] & inputs[1]

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        return [matters & carried[1], matters & carried[0]]  # what meets zero is of no account

    def call(self, node: Node, source: Shape) -> str:
        return "{0} * {1}"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(operator.mul)


OPERATION = Multiply()
