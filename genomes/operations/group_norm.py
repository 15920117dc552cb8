"""Operation `group_norm`: normalisation of each example in groups of channels (1803.08494).

It needs all its channels: a group's statistics are of all that belong to it. `layer_norm` is the
one of a single group, whose channels can be masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import EPSILON, Operation, along
from genomes.graph.shapes import Shape, positive
from genomes.graph.source import arguments


class GroupNorm(Operation):
    """Normalise over the channels of a group and all positions, then scale and shift each."""

    attributes = frozenset({"groups"})
    optional = frozenset({"epsilon"})
    axes = along(weight=("outputs",), bias=("outputs",))
    keeps_all = True
    drawn = "behind"
    wraps = True
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "groups")
        if inputs[0][0] % attributes["groups"]:
            raise ValueError(f"{attributes['groups']} groups do not divide {inputs[0][0]}")
        return inputs[0]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": target[:1], "bias": target[:1]}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 7 * prod(target)  # as `layer_norm`

    def words(self, node: Node) -> str:
        return f"group norm, {node.attributes['groups']} groups"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        epsilon = node.attributes.get("epsilon")
        return f"nn.GroupNorm({arguments(node.attributes['groups'], source[0], eps=epsilon)})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(target[0], attributes["groups"], attributes.get("epsilon", EPSILON))


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    from torch import Tensor
    from torch.nn.functional import group_norm

    from genomes.networks.layers import Affine

    class GroupNorm(Affine):
        """Of (N, C, ...)."""

        def __init__(self, channels: int, groups: int, epsilon: float) -> None:
            super().__init__(channels)
            self.groups, self.epsilon = groups, epsilon

        def forward(self, x: Tensor) -> Tensor:
            return group_norm(x, self.groups, self.weight, self.bias, self.epsilon)

    return GroupNorm


OPERATION = GroupNorm()
