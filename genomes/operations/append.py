"""Operation `append`: the second input's positions behind those of the first, channel by channel.

So a class token stands before the others (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape
from genomes.operations.concatenate import check_repeats, joined, joined_source


class Append(Operation):
    """Join (C, ...) along `side`, counted without channels.

    `repeats` says which of the inputs, 0 or 1, is the same for all examples.
    """

    attributes = frozenset({"side"})
    optional = frozenset({"repeats"})
    arity = 2

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        (a, b), side = inputs, attributes["side"]
        check_repeats(attributes)
        if type(side) is not int or not 0 <= side < len(a) - 1:
            raise ValueError(f"side is {side!r}, expected one of {a} behind the channels")
        others = [n for at, n in enumerate(a) if at != side + 1]
        if len(b) != len(a) or [n for at, n in enumerate(b) if at != side + 1] != others:
            raise ValueError(f"received shapes {a} and {b}, expected equal ones but for a side")
        return tuple(n + b[at] * (at == side + 1) for at, n in enumerate(a))

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return "append positions"

    def call(self, node: Node, source: Shape) -> str:
        axis = 2 + node.attributes["side"]
        return joined_source(axis, len(node.shape), node.attributes.get("repeats"))

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        axis, repeats = 2 + attributes["side"], attributes.get("repeats")
        return Applied(partial(joined, axis=axis, repeats=repeats))


OPERATION = Append()
