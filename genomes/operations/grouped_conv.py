"""Operation `grouped_conv`: a convolution of channels in groups, as ResNeXt has (1611.05431).

It needs all its channels: groups stay equal only if each loses as many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, sides, yes_or_no
from genomes.graph.window import OPTIONAL, Window


class GroupedConv(Operation):
    """Map (C, H, W) to (`out_channels`, H', W'), (C, L) to (`out_channels`, L')."""

    attributes = frozenset({"out_channels", "groups", "kernel", "stride", "bias"})
    optional = OPTIONAL
    axes = along(weight=(), bias=())
    ties = "none"
    keeps_all = True
    layer_kind = "convolution"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_channels", "groups")
        yes_or_no(attributes, "bias")
        channels, groups = (inputs[0][0], attributes["out_channels"]), attributes["groups"]
        if any(number % groups for number in channels):
            raise ValueError(f"{groups} groups do not divide {channels[0]} and {channels[1]}")
        return (attributes["out_channels"], *_window(attributes, inputs[0]).placed(inputs[0]))

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        kernel = _window(attributes, source).kernel
        weight = (target[0], source[0] // attributes["groups"], *kernel)
        return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        read = source[0] // attributes["groups"] * _window(attributes, source).size
        return int((2 * read + bool(attributes["bias"])) * prod(target))

    def words(self, node: Node) -> str:
        window, groups = _window(node.attributes, node.shape), node.attributes["groups"]
        return (
            f"conv {window.words()} in {groups} groups, {node.shape[0]} channels{window.steps()}"
        )

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return text.convolution(node, source[0], groups=node.attributes["groups"])

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        window = _window(attributes, source)
        return layer()(
            self.tensors(attributes, source, target),
            len(sides(source)),
            stride=window.stride,
            padding=window.padding,
            dilation=window.dilation,
            groups=attributes["groups"],
        )


def _window(attributes: Record, shape: Shape) -> Window:
    return Window.of(attributes, shape, padded=True)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor, nn
    from torch.nn.functional import conv1d, conv2d

    from genomes.networks.layers import Reader

    class GroupedConv(Reader):
        """A convolution whose weights no mask acts on."""

        bias: nn.Parameter | None

        def __init__(self, tensors: Mapping[str, Shape], sides: int, **how: Any) -> None:
            super().__init__()
            self.function, self.how = (conv1d, conv2d)[sides - 1], how
            self.weight = nn.Parameter(torch.empty(tensors["weight"]))
            bias = nn.Parameter(torch.zeros(tensors["bias"])) if "bias" in tensors else None
            self.register_parameter("bias", bias)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.function(x, self.weight, self.bias, **self.how)
            return found

    return GroupedConv


OPERATION = GroupedConv()
