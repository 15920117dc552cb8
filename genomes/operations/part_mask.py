"""Operation `part_mask`: the masks of concatenated or chosen channels, acting once more.

A channel that was masked before it was concatenated is zero there; a normalisation behind that
makes something of it again. So its mask follows. Vanishes when the network is shrunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class PartMask(Operation):
    """Multiply channels by 0 or 1, as the sites say that mask them where they come from."""

    is_remembered = False
    is_transparent = True
    masks_parts = True
    drawn = "behind"

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0] & at.features()

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        return [matters & at.features()]

    def words(self, node: Node) -> str:
        return ""

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.operations.mask import layer

        return layer()(len(target))


OPERATION = PartMask()
