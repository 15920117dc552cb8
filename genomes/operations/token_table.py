"""Operation `token_table`: a trained number for each channel and token, read by others.

A node of its own, so that what looks tokens up and what scores them may share it (Press & Wolf
2017, https://arxiv.org/abs/1608.05859). It is the same for all examples: (1, C, V).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive

SOURCE = '''

class TokenTable(nn.Module):
    """Numbers of each channel and token, the same for all examples."""

    def __init__(self, channels: int, tokens: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, tokens))

    def forward(self) -> Tensor:
        return self.weight[None]
'''


class TokenTable(Operation):
    """Map an input of any shape, which it does not read, to (`out_channels`, `tokens`)."""

    attributes = frozenset({"out_channels", "tokens"})
    axes = along(weight=("outputs", "none"))
    is_remembered = False
    by_position = True
    ties = "none"
    width = "out_channels"
    layer_kind = "linear"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_channels", "tokens")
        return attributes["out_channels"], attributes["tokens"]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": target}

    def words(self, node: Node) -> str:
        return f"a table of {node.shape[1]:,} tokens, {node.shape[0]} channels"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"TokenTable({node.shape[0]}, {node.shape[1]})"

    def call(self, node: Node, source: Shape) -> str:
        return f"self.{node.name}()"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Table

        return Table(target, lambda weight, x: weight[None])


OPERATION = TokenTable()
