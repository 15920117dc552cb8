"""Operation `dropout`: sets a share of the numbers to zero in training, scales up the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class Dropout(Operation):
    """Change nothing but in training."""

    attributes = frozenset({"rate"})
    is_transparent = True
    by_position = True
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if not 0.0 <= attributes["rate"] < 1.0:
            raise ValueError(
                f"rate is {attributes['rate']!r}, expected a number from 0 to below 1"
            )
        return inputs[0]

    def words(self, node: Node) -> str:
        return f"dropout {100 * node.attributes['rate']:.0f} %"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"nn.Dropout({node.attributes['rate']})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch import nn

        return nn.Dropout(attributes["rate"]) if attributes["rate"] else nn.Identity()

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Leave the noise out."""
        return inputs[0]


OPERATION = Dropout()
