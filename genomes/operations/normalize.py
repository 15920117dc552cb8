"""Operation `normalize`: brings the raw inputs to mean zero and deviation one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.normalization import Normalization, needs_float64
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, is_finite
from genomes.graph.source import arguments

SOURCE = '''

class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of the training data."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))  # values are in weights.safetensors
        self.register_buffer("std", torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return (x.to(self.mean.dtype) - self.mean) / self.std
'''

PRECISE_SOURCE = '''

class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of the training data.

    In float64: float32 cannot carry the raw inputs. Changes of the network's type leave it so.
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("std", torch.ones(shape, dtype=torch.float64))
        self.register_buffer("like", torch.empty(0), persistent=False)  # of the network's type

    def _apply(self, fn, recurse=True):
        mean, std = self.mean, self.std
        super()._apply(fn, recurse)
        self.mean, self.std = mean.to(self.mean.device), std.to(self.std.device)
        return self

    def forward(self, x: Tensor) -> Tensor:
        return ((x.to(torch.float64) - self.mean) / self.std).to(self.like.dtype)
'''


class Normalize(Operation):
    """Subtract `mean` and divide by `std`, per channel or feature."""

    attributes = frozenset({"mean", "std"})
    axes = along(mean=("outputs",), std=("outputs",))
    constants = ("mean", "std")
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        means, deviations = len(attributes["mean"]), len(attributes["std"])
        if not means == deviations == inputs[0][0]:
            raise ValueError(f"received {means} means, {deviations} stds for shape {inputs[0]}")
        if not all(is_finite(number) for name in ("mean", "std") for number in attributes[name]):
            raise ValueError("every mean and std has to be a finite number")
        if not all(deviation > 0 for deviation in attributes["std"]):
            raise ValueError("every std has to be above zero")
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 2 * prod(target)

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def normalization(self, attributes: Record) -> Normalization:
        return Normalization(attributes["mean"], attributes["std"])

    def words(self, node: Node) -> str:
        return "normalise by the training data's mean and deviation"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Normalize({arguments(source[0], *[1] * (len(source) - 1))})"

    def definitions(self, peers: Sequence[Node]) -> str:
        precise = any(needs_float64(**peer.attributes) for peer in peers)
        return PRECISE_SOURCE if precise else SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["mean"], attributes["std"], len(source))


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Normalize(Layer):
        """In float64 where float32 cannot carry the raw inputs; gives the network's type."""

        mean: Tensor
        std: Tensor
        like: Tensor  # empty, of the network's type

        def __init__(
            self, mean: tuple[float, ...], std: tuple[float, ...], dimensions: int
        ) -> None:
            super().__init__()
            shape = (-1,) + (1,) * (dimensions - 1)
            self.precise = needs_float64(mean, std)
            kind = torch.float64 if self.precise else torch.float32
            self.register_buffer("mean", torch.tensor(mean, dtype=kind).view(shape))
            self.register_buffer("std", torch.tensor(std, dtype=kind).view(shape))
            if self.precise:
                self.register_buffer("like", torch.empty(0), persistent=False)

        def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Normalize:
            """Move the constants with the network, but leave them precise."""
            mean, std = self.mean, self.std
            super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
            if self.precise:
                self.mean, self.std = mean.to(self.mean.device), std.to(self.std.device)
            return self

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, C, ...), uint8 or floating, to the network's type."""
            normal = (x.to(self.mean.dtype) - self.mean) / self.std
            return normal.to(self.like.dtype) if self.precise else normal

    return Normalize


OPERATION = Normalize()
