"""Operation `transposed_conv`: a convolution backwards, which enlarges; as U-Nets have it.

By Dumoulin & Visin 2016 (https://arxiv.org/abs/1603.07285).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, are_whole, positive, sides, yes_or_no
from genomes.graph.source import arguments, of_dimension
from genomes.graph.window import Window


class TransposedConv(Operation):
    """Map (C, H, W) to (`out_channels`, H', W'), (C, L) to (`out_channels`, L').

    The weight has outputs first, other than torch's. `extra` is torch's `output_padding`.
    """

    attributes = frozenset({"out_channels", "kernel", "stride", "bias"})
    optional = frozenset({"padding", "extra"})
    axes = along(weight=("outputs", "inputs"), bias=("outputs",))
    ties = "none"
    width = "out_channels"
    layer_kind = "convolution"
    rank = 1

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_channels")
        yes_or_no(attributes, "bias")
        window = _window(attributes, inputs[0])
        extra = _extra(attributes, len(window.kernel))
        if not are_whole(extra, len(window.kernel), 0):
            raise ValueError(f"extra is {extra!r}, expected a whole number from 0 for each side")
        found = tuple(
            (side - 1) * step - 2 * padding + kernel + more
            for side, step, padding, kernel, more in zip(
                sides(inputs[0]), window.stride, window.padding, window.kernel, extra, strict=True
            )
        )
        if min(found) < 1:
            raise ValueError(f"nothing is left of {sides(inputs[0])} but the padding")
        return (attributes["out_channels"], *found)

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        weight = (target[0], source[0], *_window(attributes, source).kernel)
        return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        window = _window(attributes, source).size
        spread = 2 * target[0] * window * prod(source)
        return int(spread + bool(attributes["bias"]) * prod(target))

    def words(self, node: Node) -> str:
        window = _window(node.attributes, node.shape)
        return f"transposed conv {window.words()}, {node.shape[0]} channels{window.steps()}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        bias = None if node.attributes["bias"] else False
        named = _named(node.attributes, node.shape)
        kernel = _window(node.attributes, node.shape).written()["kernel"]
        written = arguments(source[0], node.shape[0], kernel, bias=bias, **named)
        return f"{of_dimension('Transposed2d', node.shape)}({written})"

    def definitions(self, peers: Sequence[Node]) -> str:
        dimensions = sorted({len(node.shape) - 1 for node in peers})
        return "".join(SOURCE.replace("2d", f"{count}d") for count in dimensions)

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import conv_transpose1d, conv_transpose2d

        from genomes.networks.layers import Weighted

        function = (conv_transpose1d, conv_transpose2d)[len(sides(source)) - 1]
        spread = partial(_spread, function, **_named(attributes, source))
        return Weighted(self.tensors(attributes, source, target), spread)


SOURCE = '''

class Transposed2d(nn.ConvTranspose2d):
    """A transposed convolution whose weight has outputs first, as that of other layers."""

    def __init__(self, inputs: int, outputs: int, kernel: int, **named: int) -> None:
        super().__init__(inputs, outputs, kernel, **named)
        self.weight = nn.Parameter(self.weight.detach().transpose(0, 1).contiguous())

    def forward(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(
            x, self.weight.transpose(0, 1), self.bias, self.stride, self.padding,
            self.output_padding,
        )
'''


def _spread(function: Any, x: Any, weight: Any, bias: Any, **named: Any) -> Any:
    return function(x, weight.transpose(0, 1), bias, **named)


def _window(attributes: Record, shape: Shape) -> Window:
    return Window.of(attributes, shape, padded=False)


def _extra(attributes: Record, count: int) -> Shape:
    extra = attributes.get("extra", 0)
    return extra if isinstance(extra, tuple) else (extra,) * count


def _named(attributes: Record, shape: Shape) -> dict[str, Any]:
    window = _window(attributes, shape).written()
    named = {"stride": window["stride"], "padding": window["padding"] or 0}
    return named | ({"output_padding": attributes["extra"]} if "extra" in attributes else {})


OPERATION = TransposedConv()
