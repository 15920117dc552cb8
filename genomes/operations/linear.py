"""Operation `linear`: a matrix product of all features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, vector, yes_or_no
from genomes.graph.source import arguments


class Linear(Operation):
    """Map (F,) to (`out_features`,)."""

    attributes = frozenset({"out_features", "bias"})
    axes = along(weight=("outputs", "inputs"), bias=("outputs",))
    ties = "none"
    width = "out_features"
    skips_closed = True
    layer_kind = "linear"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_features")
        yes_or_no(attributes, "bias")
        vector(inputs[0])
        return (attributes["out_features"],)

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], source[0])
        return {"weight": weight, "bias": target} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return (2 * source[0] + bool(attributes["bias"])) * target[0]

    def passing_weight(self, attributes: Record) -> float | None:
        return 1.0

    def words(self, node: Node) -> str:
        return f"linear, {node.shape[0]} unit{'s' if node.shape[0] > 1 else ''}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        bias = None if node.attributes["bias"] else False
        return f"nn.Linear({arguments(source[0], node.shape[0], bias=bias)})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import linear

        from genomes.networks.layers import Weighted

        return Weighted(self.tensors(attributes, source, target), linear)


OPERATION = Linear()
