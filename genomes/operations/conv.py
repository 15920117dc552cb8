"""Operation `conv`: a convolution of all channels, padded by half its window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, convolved, positive, sides, window_words, yes_or_no


class Conv(Operation):
    """Map (C, H, W) to (`out_channels`, H', W'), (C, L) to (`out_channels`, L')."""

    attributes = frozenset({"out_channels", "kernel", "stride", "bias"})
    axes = along(weight=("outputs", "inputs"), bias=("outputs",))
    ties = "none"
    width = "out_channels"
    skips_closed = True
    layer_kind = "convolution"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_channels")
        yes_or_no(attributes, "bias")
        return (attributes["out_channels"], *convolved(attributes, inputs[0]))

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], source[0], *[attributes["kernel"]] * len(sides(source)))
        return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        window = attributes["kernel"] ** len(sides(source))
        return int((2 * source[0] * window + bool(attributes["bias"])) * prod(target))

    def passing_weight(self, attributes: Record) -> float | None:
        straight = attributes["stride"] == 1 and attributes["kernel"] % 2 == 1
        return 1.0 if straight else None

    def words(self, node: Node) -> str:
        size, stride = node.attributes["kernel"], node.attributes["stride"]
        kind = f"conv {window_words(size, node.shape)}, {node.shape[0]} channels"
        return kind + (f", stride {stride}" if stride > 1 else "")

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return text.convolution(node, source[0])

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import conv1d, conv2d

        from genomes.networks.layers import Weighted

        kernel, stride = attributes["kernel"], attributes["stride"]
        function = (conv1d, conv2d)[len(sides(source)) - 1]
        convolve = partial(function, stride=stride, padding=kernel // 2)
        return Weighted(self.tensors(attributes, source, target), convolve)


OPERATION = Conv()
