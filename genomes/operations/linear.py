"""Operation `linear`: a matrix product of all features, at each position of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, vector, yes_or_no


class Linear(Operation):
    """Map (F,) to (`out_features`,), (C, L) to (`out_features`, L)."""

    attributes = frozenset({"out_features", "bias"})
    axes = along(weight=("outputs", "inputs"), bias=("outputs",))
    ties = "none"
    width = "out_features"
    skips_closed = True
    layer_kind = "linear"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_features")
        yes_or_no(attributes, "bias")
        if len(inputs[0]) != 2:
            vector(inputs[0])
        return (attributes["out_features"], *inputs[0][1:])

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], source[0])
        return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return (2 * source[0] + bool(attributes["bias"])) * prod(target)

    def passing_weight(self, attributes: Record) -> float | None:
        return 1.0

    def words(self, node: Node) -> str:
        return f"linear, {node.shape[0]} unit{'s' if node.shape[0] > 1 else ''}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        bias = None if node.attributes["bias"] else False
        return f"nn.Linear({text.arguments(source[0], node.shape[0], bias=bias)})"

    def call(self, node: Node, source: Shape) -> str:
        return text.at_positions(f"self.{node.name}", node.shape)

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import linear

        from genomes.networks.layers import Weighted, at_positions

        product = linear if len(source) == 1 else at_positions(linear)
        return Weighted(self.tensors(attributes, source, target), product)

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.linear import LinearStep

        return LinearStep(module.weight.detach(), module.bias, ends)


OPERATION = Linear()
