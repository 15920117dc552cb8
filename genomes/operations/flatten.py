"""Operation `flatten`: all positions of an image or a sequence as a vector, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class Flatten(Operation):
    """Map (C, H, W) to (C * H * W,), (C, L) to (C * L,)."""

    is_remembered = False
    lists_positions = True
    is_transparent = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        return (prod(inputs[0]),)

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return np.repeat(inputs[0], prod(at.sources[0][1:]))

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        pixels = matters.reshape(at.sources[0][0], -1)
        return [np.asarray(pixels.any(axis=1), dtype=np.bool_)]

    def call(self, node: Node, source: Shape) -> str:
        return "{0}.flatten(1)"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch import nn

        return nn.Flatten()


OPERATION = Flatten()
