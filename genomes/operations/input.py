"""Operation `input`: the network's first node, what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class Input(Operation):
    """The examples as they come."""

    arity = 0
    ties = "none"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        """Refuse any but the first node, whose shape is the network's."""
        raise ValueError("a network has one input, its first node")

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        """Make a module that passes on what it gets."""
        from torch import nn

        return nn.Identity()


OPERATION = Input()
