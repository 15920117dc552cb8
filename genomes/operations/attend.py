"""Operation `attend`: each head looks from every position at all others, or at earlier ones.

By Vaswani et al. 2017 (https://arxiv.org/abs/1706.03762), as networks of others have it:
`head_linear` gives a head's queries, keys and values, one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, is_finite, positive
from genomes.graph.source import arguments
from genomes.operations.causal_attention import SOFTMAX

SOURCE = '''

def attend(x: Tensor, size: int, **named: float) -> Tensor:
    """Map queries, keys of a `size` and values (N, heads, numbers, L) to (N, heads, values, L)."""
    q, k, v = x.transpose(2, 3).split((size, size, x.shape[2] - 2 * size), dim=3)
    return F.scaled_dot_product_attention(q, k, v, **named).transpose(2, 3)
'''


def attended(x: Any, size: int, **named: Any) -> Any:
    """Map queries, keys and values (N, H, 2 * size + D, L) to (N, H, D, L)."""
    from torch.nn.functional import scaled_dot_product_attention

    q, k, v = x.transpose(2, 3).split((size, size, x.shape[2] - 2 * size), dim=3)
    return scaled_dot_product_attention(q, k, v, **named).transpose(2, 3)


class Attend(Operation):
    """Map (H, 2 * `key_size` + D, L) to (H, D, L).

    `scale` multiplies the products of queries and keys, one over the root of their size unless it
    is given; with `causal` a position sees itself and those before.
    """

    attributes = frozenset({"key_size"})
    optional = frozenset({"scale", "causal"})
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "key_size")
        if not is_finite(attributes.get("scale", 1.0)):
            raise ValueError(f"scale is {attributes['scale']!r}, expected a finite number")
        if attributes.get("causal", True) is not True:
            raise ValueError(f"causal is {attributes['causal']!r}, expected true or nothing")
        used = 2 * attributes["key_size"]
        if len(inputs[0]) != 3 or inputs[0][1] <= used:
            raise ValueError(
                f"received shape {inputs[0]}, expected (heads, more than {used}, length)"
            )
        heads, size, length = inputs[0]
        return heads, size - used, length

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count what is needed: of pairs of positions those that see each other."""
        heads, size, length = target
        pairs = length * (length + 1) // 2 if "causal" in attributes else length * length
        return int(heads * pairs * (2 * attributes["key_size"] + 2 * size + SOFTMAX))

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        return target[2] * target[2]

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        kind = "causal attention" if "causal" in node.attributes else "attention"
        return f"{kind}, {node.shape[0]} head{'s' * (node.shape[0] > 1)} of {node.shape[1]}"

    def call(self, node: Node, source: Shape) -> str:
        written = arguments("{0}", node.attributes["key_size"], **_named(node.attributes))
        return f"attend({written})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(attended, size=attributes["key_size"], **_named(attributes)))


def _named(attributes: Record) -> dict[str, Any]:
    causal = {"is_causal": True} if "causal" in attributes else {}
    return {**causal, **({"scale": attributes["scale"]} if "scale" in attributes else {})}


OPERATION = Attend()
