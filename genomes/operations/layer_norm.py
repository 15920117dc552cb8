"""Operation `layer_norm`: normalisation of each example by itself (arxiv.org/abs/1607.06450)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import EPSILON, Operation, along
from genomes.graph.shapes import Shape
from genomes.graph.source import arguments


class LayerNorm(Operation):
    """Normalise over all unmasked channels and positions, then scale and shift each channel."""

    optional = frozenset({"epsilon"})
    axes = along(weight=("outputs",), bias=("outputs",))
    counts_live = True
    drawn = "behind"
    wraps = True
    bends = True

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": target[:1], "bias": target[:1]}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        # mean 1, centre 1, square and sum 2, scale 1, affine 2
        return 7 * prod(target)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """All unmasked channels enter the statistics."""
        live = at.features()
        return [live if matters.any() else np.zeros_like(live)]

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        # One group of all channels and positions, with an affine per channel. For a single value
        # it is LayerNorm as well: GroupNorm refuses that in a batch of one.
        placed = len(source) > 1 and prod(source) > 1
        epsilon = node.attributes.get("epsilon")
        counts = (1, source[0]) if placed else (source[0],)
        return f"nn.{'GroupNorm' if placed else 'LayerNorm'}({arguments(*counts, eps=epsilon)})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(target[0], attributes.get("epsilon", EPSILON))


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Affine, LayerMasks

    class LayerNorm(Affine):
        """Normalisation of an example over its live channels and all positions.

        `live` (C,) marks the channels that count, None means all. What comes out for the others
        is of no account: their mask follows.
        """

        live: Tensor | None

        def __init__(self, channels: int, epsilon: float) -> None:
            super().__init__(channels)
            self.epsilon = epsilon
            self.register_buffer("live", None, persistent=False)

        def follow(self, masks: LayerMasks) -> None:
            self.live = masks.features()

        def forward(self, x: Tensor) -> Tensor:
            if self.live is None:
                # F.group_norm is this behind a check that refuses one value in a batch of one.
                cudnn = torch.backends.cudnn.enabled
                return torch.group_norm(x, 1, self.weight, self.bias, self.epsilon, cudnn)
            x = x.to(torch.promote_types(x.dtype, self.weight.dtype))  # sums under autocast
            spread = (-1,) + (1,) * (x.dim() - 2)
            over = tuple(range(1, x.dim()))
            live = self.live.to(x.dtype).view(spread)
            count = live.sum() * (x[0].numel() // x.shape[1])
            centred = (x - (x * live).sum(over, keepdim=True) / count) * live
            variance = centred.square().sum(over, keepdim=True) / count
            scaled = centred * torch.rsqrt(variance + self.epsilon)
            return scaled * self.weight.view(spread) + self.bias.view(spread)

    return LayerNorm


OPERATION = LayerNorm()
