"""Operation `mask`: silences the channels of a site; vanishes when the network is shrunk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class Mask(Operation):
    """Multiply channels by 0 or 1; the genes of a `stage` steer the mask of a `site`."""

    attributes = frozenset({"site", "stage"})
    is_remembered = False
    is_transparent = True
    by_position = True
    drawn = "behind"

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0] & at.features()

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        return [matters & at.features()]

    def words(self, node: Node) -> str:
        return ""

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(len(target))


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    from torch import Tensor

    from genomes.networks.layers import Layer, LayerMasks

    class ChannelMask(Layer):
        """Multiply channels by a 0/1 vector; `factor` is None while all are on."""

        factor: Tensor | None

        def __init__(self, dimensions: int) -> None:
            super().__init__()
            self.dimensions = dimensions
            self.register_buffer("factor", None, persistent=False)

        @property
        def is_idle(self) -> bool:
            return self.factor is None

        def follow(self, masks: LayerMasks) -> None:
            mask = masks.features()
            spread = (-1,) + (1,) * (self.dimensions - 1)
            self.factor = None if mask is None else mask.view(spread)

        def forward(self, x: Tensor) -> Tensor:
            return x if self.factor is None else x * self.factor

    return ChannelMask


OPERATION = Mask()
