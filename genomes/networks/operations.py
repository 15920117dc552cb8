"""The operations of a network as torch modules, by the names of `genomes.graph.shapes`.

Modules hold exactly the tensors the rules list. They must not know the graph they are part of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.genes.activation import Function
from genomes.genes.gene import Record
from genomes.graph import inhibition
from genomes.graph.normalization import needs_float64
from genomes.graph.shapes import Shape
from genomes.networks.bred_activation import Bred
from genomes.networks.gate import Gate, Gated

EPSILON = 1e-5  # of both normalisations, as in torch


class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation, per channel or feature.

    In float64 where float32 cannot carry the raw inputs; the result has the network's type.
    """

    mean: Tensor
    std: Tensor
    like: Tensor  # empty, of the network's type

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...], dimensions: int) -> None:
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
        """Map (N, C, H, W) or (N, F), uint8 or floating, to the network's type."""
        normal = (x.to(self.mean.dtype) - self.mean) / self.std
        return normal.to(self.like.dtype) if self.precise else normal


class Weighted(nn.Module):
    """A weight and perhaps a bias; values are filled in by `genomes.networks.initialisation`.

    `factor` is the 0/1 mask of the weight as numbers, None while no weight is masked. Masked
    weights are kept at zero by `Network.apply_weight_masks_`, not multiplied in every pass.
    """

    weight: nn.Parameter
    bias: nn.Parameter | None
    factor: Tensor | None

    def __init__(self, weight: Shape, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(weight))
        self.register_parameter("bias", nn.Parameter(torch.zeros(weight[0])) if bias else None)
        self.register_buffer("factor", None, persistent=False)


class Conv(Weighted):
    """Convolution (N, C, H, W) -> (N, D, H', W'), padded by half a kernel."""

    def __init__(self, weight: Shape, bias: bool, stride: int, groups: int = 1) -> None:
        super().__init__(weight, bias)
        self.stride, self.padding, self.groups = stride, weight[2] // 2, groups

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, groups=self.groups)


class Linear(Weighted):
    """Matrix product (N, F) -> (N, G)."""

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class SparseLinear(Weighted):
    """Sums over single connections (N, F) -> (N, G); `edges` are pairs of output and input.

    The weight (1, E) has a number for each; the pass spreads them over a matrix (G, F).
    """

    places: Tensor

    def __init__(
        self, inputs: int, outputs: int, edges: Sequence[tuple[int, int]], bias: bool
    ) -> None:
        super().__init__((1, len(edges)), False)
        if bias:
            self.bias = nn.Parameter(torch.zeros(outputs))
        self.shape = outputs, inputs
        self.edges = edges
        places = torch.tensor([o * inputs + i for o, i in edges], dtype=torch.long)
        self.register_buffer("places", places, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.spread(self.weight), self.bias)

    def spread(self, values: Tensor) -> Tensor:
        """Return numbers of the edges (1, E) as a matrix (G, F), zero where there is no edge."""
        outputs, inputs = self.shape
        matrix = values.new_zeros(outputs * inputs)
        return matrix.scatter(0, self.places, values[0]).view(outputs, inputs)

    def by_input(self, values: Tensor) -> Tensor:
        """Return for each edge (1, E) the value (F,) of the input it reads."""
        return values[self.places % self.shape[1]].view(1, -1)

    def rows(self) -> list[Tensor]:
        """Return the weight as a view (1, fan in) for each output that has inputs, in order."""
        outputs = [output for output, _ in self.edges]
        starts = [n for n, o in enumerate(outputs) if n == 0 or o != outputs[n - 1]]
        ends = pairwise([*starts, len(outputs)])
        return [self.weight.detach()[:, a:b] for a, b in ends]


class Affine(nn.Module):
    """The scale and shift per channel of a normalisation; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))


class BatchNorm(Affine):
    """Batch normalisation of (N, C, H, W) or (N, F), momentum 0.1, without a step counter."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            0.1,
            EPSILON,
        )


class LayerNorm(Affine):
    """Normalisation of an example over its live channels and all positions; affine per channel.

    `live` (C,) marks the channels that count, None means all. What comes out for the others is of
    no account: their mask follows.
    """

    live: Tensor | None

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.register_buffer("live", None, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.live is None:
            # F.group_norm is this behind a check that refuses a single value in a batch of one.
            cudnn = torch.backends.cudnn.enabled
            return torch.group_norm(x, 1, self.weight, self.bias, EPSILON, cudnn)
        x = x.to(torch.promote_types(x.dtype, self.weight.dtype))  # sums need it under autocast
        spread = (-1,) + (1,) * (x.dim() - 2)
        over = tuple(range(1, x.dim()))
        live = self.live.to(x.dtype).view(spread)
        count = live.sum() * (x[0].numel() // x.shape[1])
        centred = (x - (x * live).sum(over, keepdim=True) / count) * live
        variance = centred.square().sum(over, keepdim=True) / count
        scaled = centred * torch.rsqrt(variance + EPSILON)
        return scaled * self.weight.view(spread) + self.bias.view(spread)


class Activation(nn.Module):
    """An activation function by name."""

    def __init__(self, function: str) -> None:
        super().__init__()
        self.function = FUNCTIONS[function]

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class MaxPool(nn.Module):
    """Maximum over windows."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, self.kernel, self.stride)


class AveragePool(MaxPool):
    """Mean over windows."""

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, self.kernel, self.stride)


class GlobalAveragePool(nn.Module):
    """Mean over all positions: (N, C, H, W) -> (N, C)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


class Flatten(nn.Module):
    """(N, C, H, W) -> (N, C * H * W), channel by channel."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)


class Add(nn.Module):
    """Sum of two equal shapes."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class Concatenate(nn.Module):
    """(N, C, ...) and (N, D, ...) -> (N, C + D, ...)."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.cat((a, b), dim=1)


class Excite(nn.Module):
    """Multiply channels (N, C, ...) by the sigmoid of numbers (N, C)."""

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        scale = torch.sigmoid(z)
        return x * scale.view(*scale.shape, *[1] * (x.dim() - 2))


class Dropout(nn.Module):
    """Set a share of the numbers to zero in training and scale up the rest."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.rate, self.training)


class ChannelMask(nn.Module):
    """Multiply channels by a 0/1 vector; `factor` is None while all are on."""

    factor: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("factor", None, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x if self.factor is None else x * self.factor


class Inhibit(nn.Module):
    """Lateral inhibition of (N, C, H, W) or (N, F): `genomes.graph.inhibition` has the equations.

    `kernel` is (C, C, 1, 1) or (C, C) for channels, (1, 1, k, k) for positions.
    """

    kernel: Tensor

    def __init__(self, attributes: Record, source: Shape) -> None:
        super().__init__()
        self.divides = attributes["kind"] == inhibition.DIVISIVE
        self.mixes = attributes["over"] == inhibition.CHANNELS
        if self.mixes:
            kernel = torch.tensor(inhibition.between_channels(attributes, source[0]))
            kernel = kernel.view(*kernel.shape, *[1] * (len(source) - 1))
        else:
            side = inhibition.window(attributes, *source[1:])
            kernel = torch.tensor(inhibition.between_pixels(attributes, side))[None, None]
        self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.divides:
            return x / (1.0 + self._neighbours(x.abs()))
        return self._neighbours(x)

    def _neighbours(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return F.linear(x, self.kernel)
        if self.mixes:
            return F.conv2d(x, self.kernel)
        channels, side = x.shape[1], self.kernel.shape[-1]
        every = self.kernel.expand(channels, 1, side, side)
        return F.conv2d(x, every, padding=side // 2, groups=channels)


FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "elu": F.elu,
}


def _activation(function: Function) -> nn.Module:
    return Activation(function) if isinstance(function, str) else Bred(function)


# Makers take a node's attributes and the shapes of its first input and of its output.
Maker = Callable[[Record, Shape, Shape], nn.Module]

OPERATIONS: Mapping[str, Maker] = {
    "normalize": lambda a, source, target: Normalize(a["mean"], a["std"], len(source)),
    "conv": lambda a, source, target: Conv(
        (target[0], source[0], a["kernel"], a["kernel"]), a["bias"], a["stride"]
    ),
    "depthwise": lambda a, source, target: Conv(
        (target[0], 1, a["kernel"], a["kernel"]), a["bias"], a["stride"], groups=target[0]
    ),
    "linear": lambda a, source, target: Linear((target[0], source[0]), a["bias"]),
    "sparse_linear": lambda a, source, target: SparseLinear(
        source[0], target[0], a["edges"], a["bias"]
    ),
    "batch_norm": lambda a, source, target: BatchNorm(target[0]),
    "layer_norm": lambda a, source, target: LayerNorm(target[0]),
    "activation": lambda a, source, target: _activation(a["function"]),
    "max_pool": lambda a, source, target: MaxPool(a["kernel"], a["stride"]),
    "average_pool": lambda a, source, target: AveragePool(a["kernel"], a["stride"]),
    "global_average_pool": lambda a, source, target: GlobalAveragePool(),
    "flatten": lambda a, source, target: Flatten(),
    "add": lambda a, source, target: Add(),
    "concatenate": lambda a, source, target: Concatenate(),
    "excite": lambda a, source, target: Excite(),
    "dropout": lambda a, source, target: Dropout(a["rate"]),
    "mask": lambda a, source, target: ChannelMask(),
    "gate": lambda a, source, target: Gate(
        source[0],
        target[0],
        a["embedding"],
        a["memory"],
        threshold=a["threshold"],
        blend=a["blend"],
    ),
    "gated": lambda a, source, target: Gated(a["runs"]),
    "inhibit": lambda a, source, target: Inhibit(a, source),
}
