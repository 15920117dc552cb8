"""Operation `token_lookup`: what a table holds of each token of a sequence, times a constant.

The constant takes the place of the root of the width (Vaswani et al. 2017, section 3.4,
https://arxiv.org/abs/1706.03762): a wider network then continues a narrower one.
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

SCALE = 8.0


def looked_up(table: Any, tokens: Any, scale: float = SCALE) -> Any:
    """Map tables (N, C, V), or one (1, C, V), and tokens (N, L) to (N, C, L)."""
    import torch
    import torch.nn.functional as F

    if len(table) == 1:
        found = F.embedding(tokens.long(), table[0].t()).transpose(1, 2)
    else:
        found = torch.gather(table, 2, tokens.long()[:, None].expand(-1, table.shape[1], -1))
    return found if scale == 1.0 else scale * found


class TokenLookup(Operation):
    """Map a table (C, V) and tokens (L,) to (C, L), times `scale` if it is given."""

    optional = frozenset({"scale"})
    arity = 2
    ties = "first"
    reads_tokens = True
    by_position = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if len(inputs[0]) != 2 or len(inputs[1]) != 1:
            raise ValueError(
                f"received shapes {inputs[0]} and {inputs[1]}, expected a table (channels, "
                "tokens) and a sequence of tokens (length,)"
            )
        if not is_finite(_scale(attributes)) or _scale(attributes) <= 0:
            raise ValueError(f"scale is {attributes['scale']!r}, expected a number above 0")
        return inputs[0][0], inputs[1][0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 0 if _scale(attributes) == 1.0 else prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0]  # token 0 is as good as any

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        return [matters, np.full(at.sources[1][0], matters.any())]

    def words(self, node: Node) -> str:
        return "look tokens up"

    def call(self, node: Node, source: Shape) -> str:
        scale = _scale(node.attributes)
        return "look_up({0}, {1})" if scale == 1.0 else f"{scale} * look_up({{0}}, {{1}})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(looked_up, scale=_scale(attributes)))


def _scale(attributes: Record) -> float:
    return float(attributes.get("scale", SCALE))


SOURCE = '''

def look_up(table: Tensor, tokens: Tensor) -> Tensor:
    """Map tables (N, C, V), or one (1, C, V), and tokens (N, L) to (N, C, L)."""
    if len(table) == 1:
        return F.embedding(tokens.long(), table[0].t()).transpose(1, 2)
    index = tokens.long()[:, None].expand(-1, table.shape[1], -1)
    return torch.gather(table, 2, index)
'''


OPERATION = TokenLookup()
