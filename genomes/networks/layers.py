"""What torch modules of operations have in common: how they follow masks, how they are copied.

They must not know the graph they are part of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from genomes.genes.gene import Record
from genomes.graph.operation import operation
from genomes.graph.shapes import Shape


class LayerMasks(Protocol):
    """The masks of one node as numbers, 0 or 1, of the network's type; None where all is on."""

    def features(self) -> Tensor | None:
        """Return which of the node's features (F,) no site masks."""

    def weight(self) -> Tensor | None:
        """Return the mask of the node's weight."""


class Layer(nn.Module):
    """The module of an operation that has one of its own.

    Its class is made when torch is loaded, where pickle does not find it; so a copy is made as the
    module was, by the name of the operation.
    """

    made_of: tuple[str, Record, Shape, Shape]
    charges = False  # whether `surcharge` asks for anything

    def surcharge(self, loss_of: Callable[[Tensor], Tensor]) -> Tensor | None:
        """Return what the last batch of training pays on top of its loss (0-dim), once.

        `loss_of` gives the loss of any outputs of that batch. None where there is nothing to pay.
        """
        return None

    def follow(self, masks: LayerMasks) -> None:
        """Take over what the masks of its node have become."""

    @property
    def is_idle(self) -> bool:
        """Whether it does nothing, as its masks are now."""
        return False

    def __reduce__(self) -> tuple[Any, ...]:
        return make_layer, self.made_of, self.__dict__


def make_layer(name: str, attributes: Record, source: Shape, target: Shape) -> nn.Module:
    """Make the module of an operation, for the shapes of its first input and of its output."""
    module: nn.Module = operation(name).build(attributes, source, target)
    if isinstance(module, Layer):
        module.made_of = name, attributes, source, target
    return module


class Applied(Layer):
    """A function without tensors."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


def at_positions(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a function of features (..., C) as one of sequences (N, C, L).

    Sequences lie in memory with their channels last wherever this made them: nothing is copied.
    """

    def applied(x: Tensor, *tensors: Tensor | None) -> Tensor:
        return function(x.transpose(1, 2), *tensors).transpose(1, 2)

    return applied


class Reader(Layer):
    """A module with a `weight` that what comes in is multiplied with.

    `genomes.networks.initialisation` fills it.
    """

    weight: nn.Parameter
    input_axis = 1  # along which the weight has what belongs to one input channel

    def by_input(self, values: Tensor) -> Tensor:
        """Return the values (F,) of inputs so that each meets the weights that read it."""
        spread = [1] * self.weight.dim()
        spread[self.input_axis] = -1
        return values.view(spread)

    def rows(self) -> list[Tensor]:
        """Return what is filled each as one weight (outputs, inputs, ...): views."""
        return [self.weight]


class Table(Reader):
    """A weight (C, V), filled as (V, C): a row for each of V; and a function of it and inputs."""

    def __init__(self, shape: Shape, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.empty(shape))

    def rows(self) -> list[Tensor]:
        return [self.weight.t()]

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.weight, x)


class Weighted(Reader):
    """A weight that can be masked, perhaps a bias, and a function of the input and both.

    `factor` is the 0/1 mask of the weight as numbers, None while no weight is masked. Masked
    weights are kept at zero by `Network.apply_weight_masks_`, not multiplied in every pass.
    """

    bias: nn.Parameter | None
    factor: Tensor | None

    def __init__(
        self,
        tensors: Mapping[str, Shape],
        function: Callable[[Tensor, Tensor, Tensor | None], Tensor],
        input_axis: int = 1,
    ) -> None:
        super().__init__()
        self.function, self.input_axis = function, input_axis
        self.weight = nn.Parameter(torch.empty(tensors["weight"]))
        bias = nn.Parameter(torch.zeros(tensors["bias"])) if "bias" in tensors else None
        self.register_parameter("bias", bias)
        self.register_buffer("factor", None, persistent=False)

    def follow(self, masks: LayerMasks) -> None:
        self.factor = masks.weight()

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, self.weight, self.bias)

    def by_output(self, values: Tensor) -> Tensor:
        """Return numbers of the weights as (C, ...), by the output that each leads to."""
        return values


class Affine(Layer):
    """The scale and shift per channel of a normalisation; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
