"""Operation `resize`: images or sequences of other sides, by repetition or interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole, sides

MODES = ("nearest", "bilinear", "linear")


class Resize(Operation):
    """Map (C, H, W) or (C, L) to (C, *`size`); `corners` as torch's `align_corners`."""

    attributes = frozenset({"size", "mode"})
    optional = frozenset({"corners"})
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if attributes["mode"] not in MODES:
            raise ValueError(f"mode is {attributes['mode']!r}, expected one of {', '.join(MODES)}")
        size = attributes["size"]
        if not are_whole(size, len(sides(inputs[0])), 1):
            raise ValueError(f"size is {size!r}, expected a number of at least 1 for each side")
        return inputs[0][0], *size

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 0 if attributes["mode"] == "nearest" else 7 * prod(target)

    def words(self, node: Node) -> str:
        return f"resize to {'×'.join(map(str, node.attributes['size']))}"

    def call(self, node: Node, source: Shape) -> str:
        named = ", ".join(f"{k}={v!r}" for k, v in _named(node.attributes).items())
        return f"F.interpolate({{0}}, {named})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch.nn.functional import interpolate

        from genomes.networks.layers import Applied

        return Applied(partial(interpolate, **_named(attributes)))


def _named(attributes: Record) -> dict[str, Any]:
    corners = {"align_corners": True} if attributes.get("corners") else {}
    return {"size": attributes["size"], "mode": attributes["mode"], **corners}


OPERATION = Resize()
