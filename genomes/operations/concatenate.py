"""Operation `concatenate`: the first input's channels, then the second's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


def joined(a: Any, b: Any) -> Any:
    """Map (N, C, ...) and (N, D, ...) to (N, C + D, ...)."""
    import torch

    return torch.cat((a, b), dim=1)


class Concatenate(Operation):
    """Map (C, ...) and (D, ...) to (C + D, ...)."""

    arity = 2
    ties = "parts"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        a, b = inputs
        if len(a) != len(b) or a[1:] != b[1:]:
            raise ValueError(f"received shapes {a} and {b}, expected equal ones but for channels")
        return (a[0] + b[0], *a[1:])

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return np.concatenate(inputs)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        first = at.sources[0][0]
        return [matters[:first], matters[first:]]

    def call(self, node: Node, source: Shape) -> str:
        return "torch.cat(({0}, {1}), dim=1)"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(joined)


OPERATION = Concatenate()
