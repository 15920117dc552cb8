"""Operation `broadcast`: what has one channel is added to every channel, or multiplies it.

As spatial attention (Woo et al. 2018, https://arxiv.org/abs/1807.06521) and learnt temperatures.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape

SIGNS = {"add": "+", "multiply": "*"}


class Broadcast(Operation):
    """Combine (C, ...) with (1, ...) by `by`, `add` or `multiply`; sides of 1 are repeated."""

    attributes = frozenset({"by"})
    arity = 2
    ties = "first"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if attributes["by"] not in SIGNS:
            raise ValueError(f"by is {attributes['by']!r}, expected {' or '.join(SIGNS)}")
        a, b = inputs
        fits = len(a) == len(b) and b[0] == 1
        if not fits or any(n not in (1, m) for m, n in zip(a[1:], b[1:], strict=True)):
            raise ValueError(f"received shapes {a} and {b}, expected one channel of the second")
        return a

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return bool(attributes["by"] == "multiply")

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        if self.keeps_zero(at.node.attributes):
            return inputs[0] & inputs[1].any()
        return inputs[0] | inputs[1].any()

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        if self.keeps_zero(at.node.attributes):
            shared = (matters & carried[0]).any()
            return [matters & carried[1].any(), np.full(1, shared)]
        return [matters, np.full(1, matters.any())]

    def words(self, node: Node) -> str:
        return f"{node.attributes['by']} to all channels"

    def call(self, node: Node, source: Shape) -> str:
        return f"{{0}} {SIGNS[node.attributes['by']]} {{1}}"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(operator.add if attributes["by"] == "add" else operator.mul)


OPERATION = Broadcast()
