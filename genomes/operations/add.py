"""Operation `add`: the sum of two equal shapes."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class Add(Operation):
    """Add number by number."""

    arity = 2
    sums = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if inputs[0] != inputs[1]:
            raise ValueError(f"received shapes {inputs[0]} and {inputs[1]}, expected equal ones")
        return inputs[0]

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
