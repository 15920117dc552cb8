"""Operation `head_linear`: a linear layer of each position, whose outputs are sorted by head.

Heads come out as channels, so that a mask silences one: its rows go when the network is shrunk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, sides, yes_or_no
from genomes.graph.source import arguments

SOURCE = '''

class HeadLinear(nn.Module):
    """A linear layer of each position; the weight has for each head its inputs and outputs."""

    def __init__(self, inputs: int, heads: int, size: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(heads, inputs, size))
        self.bias = nn.Parameter(torch.zeros(heads, size)) if bias else None

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, L) to (N, heads, size, L)
        heads, inputs, size = self.weight.shape
        weight = self.weight.transpose(1, 2).reshape(-1, inputs)
        bias = None if self.bias is None else self.bias.flatten()
        found = F.linear(x.transpose(1, 2), weight, bias).unflatten(2, (heads, size))
        return found.permute(0, 2, 3, 1)
'''


def by_head(x: Any, weight: Any, bias: Any) -> Any:
    """Map (N, C, L) to (N, H, S, L) by a weight (H, C, S) and perhaps a bias (H, S)."""
    from torch.nn.functional import linear

    heads, inputs, size = weight.shape
    joined = weight.transpose(1, 2).reshape(-1, inputs)
    found = linear(x.transpose(1, 2), joined, None if bias is None else bias.flatten())
    return found.view(*found.shape[:2], heads, size).permute(0, 2, 3, 1)


class HeadLinear(Operation):
    """Map (C, L) to (`heads`, `size`, L)."""

    attributes = frozenset({"heads", "size", "bias"})
    axes = along(weight=("outputs", "inputs"), bias=("outputs",))
    ties = "none"
    width = "heads"
    layer_kind = "linear"
    rank = 1

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "heads", "size")
        yes_or_no(attributes, "bias")
        if len(sides(inputs[0])) != 1:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        return attributes["heads"], attributes["size"], inputs[0][1]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], source[0], target[1])
        return {"weight": weight, "bias": target[:2]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return (2 * source[0] + bool(attributes["bias"])) * prod(target)

    def continues(self, attributes: Record, old: Record) -> bool:
        return all(attributes[name] == old[name] for name in ("size", "bias"))

    def words(self, node: Node) -> str:
        heads, size, _ = node.shape
        return f"linear, {heads} head{'s' * (heads > 1)} of {size}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        bias = None if node.attributes["bias"] else False
        return f"HeadLinear({arguments(source[0], *node.shape[:2], bias=bias)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(self.tensors(attributes, source, target), by_head)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    from torch import Tensor

    from genomes.networks.layers import Weighted

    class HeadLinear(Weighted):
        """Of sequences (N, C, L)."""

        def rows(self) -> list[Tensor]:
            return [head.t() for head in self.weight]

    return HeadLinear


OPERATION = HeadLinear()
