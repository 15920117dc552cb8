"""Operation `depthwise`: a convolution of each channel by itself, padded by half its window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, convolved, sides, window_words, yes_or_no


class Depthwise(Operation):
    """Map (C, H, W) to (C, H', W'), (C, L) to (C, L')."""

    attributes = frozenset({"kernel", "stride", "bias"})
    axes = along(weight=("both",), bias=("outputs",))
    layer_kind = "depthwise"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        yes_or_no(attributes, "bias")
        return (inputs[0][0], *convolved(attributes, inputs[0]))

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], 1, *[attributes["kernel"]] * len(sides(source)))
        return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        window = attributes["kernel"] ** len(sides(source))
        return int((2 * window + bool(attributes["bias"])) * prod(target))

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def passing_weight(self, attributes: Record) -> float | None:
        straight = attributes["stride"] == 1 and attributes["kernel"] % 2 == 1
        return 1.0 if straight else None

    def words(self, node: Node) -> str:
        size, stride = node.attributes["kernel"], node.attributes["stride"]
        kind = f"depthwise conv {window_words(size, node.shape)}"
        return kind + (f", stride {stride}" if stride > 1 else "")

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return text.convolution(node, source[0], groups=source[0])

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import conv1d, conv2d

        from genomes.networks.layers import Weighted

        kernel, stride = attributes["kernel"], attributes["stride"]
        function = (conv1d, conv2d)[len(sides(source)) - 1]
        convolve = partial(function, stride=stride, padding=kernel // 2, groups=target[0])
        return Weighted(self.tensors(attributes, source, target), convolve, input_axis=0)


OPERATION = Depthwise()
