"""Operation `silence`: what is left of a mask where something reads a masked channel before it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, Kept, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole

SOURCE = '''

def silence(x: Tensor, on: Sequence[int]) -> Tensor:
    """Multiply channels (N, C, ...) by 0 or 1."""
    return x * torch.tensor(on, dtype=x.dtype, device=x.device).view(-1, *[1] * (x.dim() - 2))
'''


class Silence(Operation):
    """Multiply channels (C, ...) by 0 or 1, as `on` says."""

    attributes = frozenset({"on"})
    is_remembered = False
    is_transparent = True
    by_position = True
    silences = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        on = attributes["on"]
        if not are_whole(on, inputs[0][0], 0) or max(on) > 1:
            raise ValueError(f"received {on!r}, expected 0 or 1 for {inputs[0][0]} channels")
        return inputs[0]

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0] & _on(at)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        return [matters & _on(at)]

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        on = [flag for flag, stays in zip(attributes["on"], kept.outputs, strict=True) if stays]
        return attributes.replacing(on=tuple(on))

    def words(self, node: Node) -> str:
        return f"{node.attributes['on'].count(0)} channels silenced"

    def call(self, node: Node, source: Shape) -> str:
        return f"silence({{0}}, {list(node.attributes['on'])})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["on"], len(target))


def _on(at: MaskedNode) -> Flags:
    return np.array(at.node.attributes["on"], dtype=np.bool_)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Silence(Layer):
        """Multiply channels by a 0/1 vector."""

        factor: Tensor

        def __init__(self, on: tuple[int, ...], dimensions: int) -> None:
            super().__init__()
            factor = torch.tensor(on, dtype=torch.get_default_dtype())
            spread = (-1,) + (1,) * (dimensions - 1)
            self.register_buffer("factor", factor.view(spread), persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            return x * self.factor

    return Silence


OPERATION = Silence()
