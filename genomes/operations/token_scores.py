"""Operation `token_scores`: at each position, the products of its channels with a table's tokens.

With the table that looks tokens up the output embedding is tied to the input's (Press & Wolf
2017, https://arxiv.org/abs/1608.05859). `scale` is to fall with the channels: a wider network,
where each of them stands twice, then continues a narrower one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, is_finite

SOURCE = '''

def scores(x: Tensor, table: Tensor, scale: float) -> Tensor:
    """Map a sequence (N, C, L) and tables (N, C, V), or one (1, C, V), to (N, V, L)."""
    if len(table) == 1:
        return scale * F.linear(x.transpose(1, 2), table[0].t()).transpose(1, 2)
    return scale * (table.transpose(1, 2) @ x)
'''


def scored(x: Any, table: Any, scale: float) -> Any:
    """Map a sequence (N, C, L) and tables (N, C, V), or one (1, C, V), to (N, V, L)."""
    import torch.nn.functional as F

    if len(table) == 1:
        return scale * F.linear(x.transpose(1, 2), table[0].t()).transpose(1, 2)
    return scale * (table.transpose(1, 2) @ x)


class TokenScores(Operation):
    """Map a sequence (C, L) and a table (C, V) to (V, L), times `scale`."""

    attributes = frozenset({"scale"})
    arity = 2
    ties = "inputs"
    by_position = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        x, table = inputs
        if not is_finite(attributes["scale"]) or attributes["scale"] <= 0:
            raise ValueError(f"scale is {attributes['scale']!r}, expected a number above 0")
        if len(x) != 2 or len(table) != 2 or x[0] != table[0]:
            raise ValueError(
                f"received shapes {x} and {table}, expected a sequence (channels, length) and a "
                "table (channels, tokens)"
            )
        return table[1], x[1]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return (2 * source[0] + 1) * prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return np.full(at.node.shape[0], (inputs[0] & inputs[1]).any())

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """A channel matters where the other one has something to be multiplied with."""
        return [carried[1] & matters.any(), carried[0] & matters.any()]

    def words(self, node: Node) -> str:
        return f"scores of {node.shape[0]:,} tokens by their table"

    def call(self, node: Node, source: Shape) -> str:
        return f"scores({{0}}, {{1}}, {node.attributes['scale']})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(scored, scale=attributes["scale"]))


OPERATION = TokenScores()
