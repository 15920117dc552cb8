"""Operation `merge_heads`: the numbers of all heads at a position as one list, head by head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape

SOURCE = '''

def merge_heads(x: Tensor) -> Tensor:
    """Map (N, heads, size, L) to (N, heads * size, L)."""
    return x.permute(0, 3, 1, 2).flatten(2).transpose(1, 2)
'''


def merged(x: Any) -> Any:
    """Map (N, H, D, L) to (N, H * D, L), whose channels lie last in memory."""
    return x.permute(0, 3, 1, 2).flatten(2).transpose(1, 2)


class MergeHeads(Operation):
    """Map (H, D, L) to (H * D, L)."""

    is_remembered = False
    lists_positions = True
    by_position = True
    is_transparent = True

    def listed(self, source: Shape) -> int:
        return source[1]

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if len(inputs[0]) != 3:
            raise ValueError(f"received shape {inputs[0]}, expected (heads, size, length)")
        heads, size, length = inputs[0]
        return heads * size, length

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return np.repeat(inputs[0], at.sources[0][1])

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        numbers = matters.reshape(at.sources[0][0], -1)
        return [np.asarray(numbers.any(axis=1), dtype=np.bool_)]

    def call(self, node: Node, source: Shape) -> str:
        return "merge_heads({0})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(merged)


OPERATION = MergeHeads()
