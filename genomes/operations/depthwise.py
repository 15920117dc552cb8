"""Operation `depthwise`: a convolution of each channel by itself, padded as `conv` is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, sides, yes_or_no
from genomes.graph.window import OPTIONAL, Window, keeps_places


class Depthwise(Operation):
    """Map (C, H, W) to (C, H', W'), (C, L) to (C, L')."""

    attributes = frozenset({"kernel", "stride", "bias"})
    optional = OPTIONAL
    axes = along(weight=("both",), bias=("outputs",))
    layer_kind = "depthwise"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        yes_or_no(attributes, "bias")
        return (inputs[0][0], *_window(attributes, inputs[0]).placed(inputs[0]))

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], 1, *_window(attributes, source).kernel)
        return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        window = _window(attributes, source).size
        return int((2 * window + bool(attributes["bias"])) * prod(target))

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def passing_weight(self, attributes: Record) -> float | None:
        return 1.0 if keeps_places(attributes) else None

    def words(self, node: Node) -> str:
        window = _window(node.attributes, node.shape)
        return f"depthwise conv {window.words()}{window.steps()}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return text.convolution(node, source[0], groups=source[0])

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import conv1d, conv2d

        from genomes.networks.layers import Weighted

        window = _window(attributes, source)
        convolve = partial(
            (conv1d, conv2d)[len(sides(source)) - 1],
            stride=window.stride,
            padding=window.padding,
            dilation=window.dilation,
            groups=target[0],
        )
        return Weighted(self.tensors(attributes, source, target), convolve, input_axis=0)


def _window(attributes: Record, shape: Shape) -> Window:
    return Window.of(attributes, shape, padded=True)


OPERATION = Depthwise()
