"""Operation `position_norm`: normalisation of each position of a sequence by itself.

`layer`: by mean and deviation (Ba et al. 2016, https://arxiv.org/abs/1607.06450); `rms`: by the
root mean square alone (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467). No position
learns of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph import source as text
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import EPSILON, Operation, along
from genomes.graph.shapes import Shape, sides

KINDS = ("layer", "rms")


class PositionNorm(Operation):
    """Normalise the unmasked channels of a position, then scale each; `layer` shifts it too."""

    attributes = frozenset({"kind"})
    axes = along(weight=("outputs",), bias=("outputs",))
    counts_live = True
    drawn = "behind"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if attributes["kind"] not in KINDS:
            raise ValueError(f"kind is {attributes['kind']!r}, expected {' or '.join(KINDS)}")
        if len(sides(inputs[0])) != 1:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        return inputs[0]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        names = ("weight", "bias") if attributes["kind"] == "layer" else ("weight",)
        return dict.fromkeys(names, target[:1])

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        # square and sum 2, scale 1, weight 1; mean 1, centre 1, shift 1
        return (7 if attributes["kind"] == "layer" else 4) * prod(target)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """All unmasked channels enter the statistics."""
        live = at.features()
        return [live if matters.any() else np.zeros_like(live)]

    def continues(self, attributes: Record, old: Record) -> bool:
        return bool(attributes["kind"] == old["kind"])

    def words(self, node: Node) -> str:
        return f"{node.attributes['kind']} norm of each position"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        if node.attributes["kind"] == "layer":
            return f"nn.LayerNorm({source[0]})"
        return f"nn.RMSNorm({source[0]}, eps={EPSILON})"

    def call(self, node: Node, source: Shape) -> str:
        return text.at_positions(f"self.{node.name}", node.shape)

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(target[0], attributes["kind"] == "layer")


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn

    from genomes.networks.layers import Layer, LayerMasks

    class PositionNorm(Layer):
        """Of sequences (N, C, L); `live` (C,) marks the channels that count, None means all."""

        live: Tensor | None
        bias: nn.Parameter | None

        def __init__(self, channels: int, centred: bool) -> None:
            super().__init__()
            self.centred = centred
            self.weight = nn.Parameter(torch.ones(channels))
            shift = nn.Parameter(torch.zeros(channels)) if centred else None
            self.register_parameter("bias", shift)
            self.register_buffer("live", None, persistent=False)

        def follow(self, masks: LayerMasks) -> None:
            self.live = masks.features()

        def forward(self, x: Tensor) -> Tensor:
            x = x.transpose(1, 2)  # (N, L, C)
            return (self._of_all(x) if self.live is None else self._of_live(x)).transpose(1, 2)

        def _of_all(self, x: Tensor) -> Tensor:
            size = self.weight.shape
            if self.centred:
                return F.layer_norm(x, size, self.weight, self.bias, EPSILON)
            return F.rms_norm(x, size, self.weight, EPSILON)

        def _of_live(self, x: Tensor) -> Tensor:
            assert self.live is not None
            x = x.to(torch.promote_types(x.dtype, self.weight.dtype))  # sums under autocast
            live = self.live.to(x.dtype)
            x = x * live
            if self.centred:
                x = (x - x.sum(-1, keepdim=True) / live.sum()) * live
            mean_square = x.square().sum(-1, keepdim=True) / live.sum()
            scaled = x * torch.rsqrt(mean_square + EPSILON) * self.weight
            return scaled if self.bias is None else scaled + self.bias

    return PositionNorm


OPERATION = PositionNorm()
