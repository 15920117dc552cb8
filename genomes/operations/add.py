"""Operation `add`: the sum of two inputs, one of which may have one number a channel."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, common_shape


class Add(Operation):
    """Add number by number; sides of 1 are repeated."""

    arity = 2
    by_position = True
    sums = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return common_shape(*inputs)

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def call(self, node: Node, source: Shape) -> str:
        return "{0} + {1}"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(operator.add)


OPERATION = Add()
