"""Operation `rescale`: brings the outputs to the units of the targets, which were standardised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.masks import Kept
from genomes.graph.node import Node
from genomes.graph.normalization import needs_float64
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, is_finite, vector
from genomes.graph.source import arguments

SOURCE = '''

class Rescale(nn.Module):
    """Multiply by the standard deviation of the training targets and add their mean."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(outputs))  # values are in weights.safetensors
        self.register_buffer("offset", torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale + self.offset
'''

PRECISE_SOURCE = '''

class Rescale(nn.Module):
    """Multiply by the standard deviation of the training targets and add their mean.

    In float64, which it returns: float32 cannot carry what varies in the targets. Changes of the
    network's type leave it so.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(outputs, dtype=torch.float64))
        self.register_buffer("offset", torch.zeros(outputs, dtype=torch.float64))

    def _apply(self, fn, recurse=True):
        scale, offset = self.scale, self.offset
        super()._apply(fn, recurse)
        self.scale, self.offset = scale.to(self.scale.device), offset.to(self.offset.device)
        return self

    def forward(self, x: Tensor) -> Tensor:
        return x.to(torch.float64) * self.scale + self.offset
'''


class Rescale(Operation):
    """Multiply features (F,) by `scale` and add `offset`."""

    attributes = frozenset({"scale", "offset"})
    axes = along(scale=("outputs",), offset=("outputs",))
    constants = ("scale", "offset")
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        vector(inputs[0])
        scales, offsets = len(attributes["scale"]), len(attributes["offset"])
        if not scales == offsets == inputs[0][0]:
            raise ValueError(f"received {scales} scales, {offsets} offsets for shape {inputs[0]}")
        if not all(is_finite(x) for name in ("scale", "offset") for x in attributes[name]):
            raise ValueError("every scale and offset has to be a finite number")
        if not all(scale > 0 for scale in attributes["scale"]):
            raise ValueError("every scale has to be above zero")
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 2 * prod(target)

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        def left(name: str) -> tuple[float, ...]:
            return tuple(compress(attributes[name], kept.outputs))

        return attributes.replacing(scale=left("scale"), offset=left("offset"))

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return "bring the outputs to the targets' units"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Rescale({arguments(source[0])})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return PRECISE_SOURCE if any(_is_precise(peer.attributes) for peer in peers) else SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes)


def _is_precise(attributes: Record) -> bool:
    return needs_float64(attributes["offset"], attributes["scale"])


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Rescale(Layer):
        """In float64 where float32 cannot carry the targets."""

        scale: Tensor
        offset: Tensor

        def __init__(self, attributes: Record) -> None:
            super().__init__()
            self.precise = _is_precise(attributes)
            kind = torch.float64 if self.precise else torch.float32
            for name in ("scale", "offset"):
                self.register_buffer(name, torch.tensor(attributes[name], dtype=kind))

        def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Rescale:
            """Move the constants with the network, but leave them precise."""
            scale, offset = self.scale, self.offset
            super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
            if self.precise:
                self.scale = scale.to(self.scale.device)
                self.offset = offset.to(self.offset.device)
            return self

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, F) to the same in the targets' units."""
            return x.to(self.scale.dtype) * self.scale + self.offset

    return Rescale


OPERATION = Rescale()
