"""Operation `positions`: adds trained numbers that tell positions apart.

By Gehring et al. 2017 (https://arxiv.org/abs/1705.03122). They are stored and start as the tokens
of a table, which they are added to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, sides
from genomes.operations.token_lookup import SCALE

SOURCE = '''

class Positions(nn.Module):
    """Adds trained numbers to each channel and position."""

    def __init__(self, channels: int, length: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, length))

    def forward(self, x: Tensor) -> Tensor:
        return x + {scale} * self.weight[:, : x.shape[2]]
'''.replace("{scale}", str(SCALE))


class Positions(Operation):
    """Add a number to each channel and position of a sequence (C, L)."""

    axes = along(weight=("outputs", "none"))
    layer_kind = "linear"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if len(sides(inputs[0])) != 1:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        return inputs[0]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": target}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 2 * prod(target)

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return "add learnt positions"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Positions({node.shape[0]}, {node.shape[1]})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Table

        return Table(target, lambda weight, x: x + SCALE * weight[:, : x.shape[2]])

    def step(self, module: Any, ends: Any) -> Any:
        weight = module.weight.detach()
        return lambda place, x: x + SCALE * weight[:, place : place + 1]


OPERATION = Positions()
