"""Operation `batch_norm`: batch normalisation (Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import EPSILON, MOMENTUM, Operation, along
from genomes.graph.shapes import Shape
from genomes.graph.source import arguments


class BatchNorm(Operation):
    """Normalise each channel over the batch, then scale and shift it.

    `momentum` is the weight of a batch in the statistics.
    """

    optional = frozenset({"epsilon", "momentum"})

    axes = along(
        weight=("outputs",), bias=("outputs",),
        running_mean=("outputs",), running_var=("outputs",),
    )  # fmt: skip
    constants = ("running_mean", "running_var")
    drawn = "behind"
    wraps = True
    bends = True

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": target[:1], "bias": target[:1]}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 2 * prod(target)

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def passing_weight(self, attributes: Record) -> float | None:
        return float((1.0 + attributes.get("epsilon", EPSILON)) ** 0.5)

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        named = {"eps": "epsilon", "momentum": "momentum"}
        said = {theirs: node.attributes.get(ours) for theirs, ours in named.items()}
        written = arguments(source[0], **said)
        return f"nn.BatchNorm{'2d' if len(source) == 3 else '1d'}({written})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        named = {name: attributes[name] for name in self.optional & attributes.keys()}
        return layer()(target[0], **named)

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Normalise by the batch's statistics and keep none of them."""
        from torch.nn.functional import batch_norm

        weight, bias = module.weight, module.bias
        return batch_norm(inputs[0], None, None, weight, bias, True, 0.0, module.epsilon)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor
    from torch.nn.functional import batch_norm

    from genomes.networks.layers import Affine

    class BatchNorm(Affine):
        """Of (N, C, ...), without a step counter."""

        running_mean: Tensor
        running_var: Tensor

        def __init__(
            self, channels: int, epsilon: float = EPSILON, momentum: float = MOMENTUM
        ) -> None:
            super().__init__(channels)
            self.epsilon, self.momentum = epsilon, momentum
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_var", torch.ones(channels))

        def forward(self, x: Tensor) -> Tensor:
            statistics = self.running_mean, self.running_var
            affine = self.weight, self.bias
            return batch_norm(x, *statistics, *affine, self.training, self.momentum, self.epsilon)

    return BatchNorm


OPERATION = BatchNorm()
