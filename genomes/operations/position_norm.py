"""Operation `position_norm`: normalisation of each position by itself, over its channels.

`layer`: by mean and deviation (Ba et al. 2016, https://arxiv.org/abs/1607.06450); `rms`: by the
root mean square alone (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467); `unit`: as
`rms`, but nothing is scaled behind it. No position learns of another.
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
from genomes.graph.shapes import Shape

KINDS = ("layer", "rms", "unit")


class PositionNorm(Operation):
    """Normalise the unmasked channels of a position, then scale each; `layer` shifts it too.

    A vector is a single position. Without `bias` nothing is shifted.
    """

    attributes = frozenset({"kind"})
    optional = frozenset({"epsilon", "bias"})
    axes = along(weight=("outputs",), bias=("outputs",))
    counts_live = True
    by_position = True
    drawn = "behind"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if attributes["kind"] not in KINDS:
            raise ValueError(f"kind is {attributes['kind']!r}, expected one of {', '.join(KINDS)}")
        if "bias" in attributes and (attributes["kind"], attributes["bias"]) != ("layer", False):
            raise ValueError(f"bias is {attributes['bias']!r}, expected false, of kind layer")
        return inputs[0]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        names = ("weight", "bias") if _shifts(attributes) else ("weight",)
        return {} if attributes["kind"] == "unit" else dict.fromkeys(names, target[:1])

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        # square and sum 2, scale 1; weight 1; mean 1, centre 1, shift 1
        return {"unit": 3, "rms": 4, "layer": 7}[attributes["kind"]] * prod(target)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """All unmasked channels enter the statistics."""
        live = at.features()
        return [live if matters.any() else np.zeros_like(live)]

    def continues(self, attributes: Record, old: Record) -> bool:
        return bool(attributes["kind"] == old["kind"])

    def words(self, node: Node) -> str:
        return f"{node.attributes['kind']} norm of each position"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        epsilon = node.attributes.get("epsilon")
        if node.attributes["kind"] != "layer":
            scaled = None if node.attributes["kind"] == "rms" else False
            eps = EPSILON if epsilon is None else epsilon
            return f"nn.RMSNorm({text.arguments(source[0], eps=eps, elementwise_affine=scaled)})"
        bias = None if _shifts(node.attributes) else False
        return f"nn.LayerNorm({text.arguments(source[0], eps=epsilon, bias=bias)})"

    def call(self, node: Node, source: Shape) -> str:
        return text.at_positions(f"self.{node.name}", node.shape)

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(
            target[0],
            centred=attributes["kind"] == "layer",
            scales=attributes["kind"] != "unit",
            shifts=_shifts(attributes),
            epsilon=attributes.get("epsilon", EPSILON),
        )

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.normalising import NormStep

        if module.live is not None:
            return super().step(module, ends)
        kind = {"centred": module.centred, "epsilon": module.epsilon}
        return NormStep(module.weight, module.bias, **kind)


def _shifts(attributes: Record) -> bool:
    return attributes["kind"] == "layer" and "bias" not in attributes


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn

    from genomes.networks.layers import Layer, LayerMasks

    class PositionNorm(Layer):
        """Of (N, C, ...); `live` (C,) marks the channels that count, None means all."""

        live: Tensor | None
        weight: nn.Parameter | None
        bias: nn.Parameter | None

        def __init__(
            self, channels: int, *, centred: bool, scales: bool, shifts: bool, epsilon: float
        ) -> None:
            super().__init__()
            self.size, self.centred, self.epsilon = (channels,), centred, epsilon
            weight = nn.Parameter(torch.ones(channels)) if scales else None
            self.register_parameter("weight", weight)
            shift = nn.Parameter(torch.zeros(channels)) if shifts else None
            self.register_parameter("bias", shift)
            self.register_buffer("live", None, persistent=False)

        def follow(self, masks: LayerMasks) -> None:
            self.live = masks.features()

        def forward(self, x: Tensor) -> Tensor:
            x = x.movedim(1, -1)  # (N, ..., C)
            return (self._of_all(x) if self.live is None else self._of_live(x)).movedim(-1, 1)

        def _of_all(self, x: Tensor) -> Tensor:
            if self.centred:
                return F.layer_norm(x, self.size, self.weight, self.bias, self.epsilon)
            return F.rms_norm(x, self.size, self.weight, self.epsilon)

        def _of_live(self, x: Tensor) -> Tensor:
            assert self.live is not None
            x = x.to(torch.promote_types(x.dtype, self.live.dtype))  # sums under autocast
            live = self.live.to(x.dtype)
            x = x * live
            if self.centred:
                x = (x - x.sum(-1, keepdim=True) / live.sum()) * live
            mean_square = x.square().sum(-1, keepdim=True) / live.sum()
            scaled = x * torch.rsqrt(mean_square + self.epsilon)
            scaled = scaled if self.weight is None else scaled * self.weight
            return scaled if self.bias is None else scaled + self.bias

    return PositionNorm


OPERATION = PositionNorm()
