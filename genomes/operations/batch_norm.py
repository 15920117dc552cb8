"""Operation `batch_norm`: batch normalisation (Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import EPSILON, Operation, along
from genomes.graph.shapes import Shape


class BatchNorm(Operation):
    """Normalise each channel over the batch, then scale and shift it."""

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
        return float((1.0 + EPSILON) ** 0.5)

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"nn.BatchNorm{'2d' if len(source) == 3 else '1d'}({source[0]})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(target[0])

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Normalise by the batch's statistics and keep none of them."""
        from torch.nn.functional import batch_norm

        weight, bias = module.weight, module.bias
        return batch_norm(inputs[0], None, None, weight, bias, True, 0.0, EPSILON)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor
    from torch.nn.functional import batch_norm

    from genomes.networks.layers import Affine

    class BatchNorm(Affine):
        """Of (N, C, ...), momentum 0.1, without a step counter."""

        running_mean: Tensor
        running_var: Tensor

        def __init__(self, channels: int) -> None:
            super().__init__(channels)
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_var", torch.ones(channels))

        def forward(self, x: Tensor) -> Tensor:
            statistics = self.running_mean, self.running_var
            affine = self.weight, self.bias
            return batch_norm(x, *statistics, *affine, self.training, 0.1, EPSILON)

    return BatchNorm


OPERATION = BatchNorm()
