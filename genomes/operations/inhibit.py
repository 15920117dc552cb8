"""Operation `inhibit`: neighbours damp each other, by the equations of `graph.inhibition`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from math import prod
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph import inhibition
from genomes.graph.inhibition import CHANNELS, DIVISIVE, POSITIONS
from genomes.graph.masks import Flags, Kept, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape
from genomes.graph.source import arguments

SOURCE = '''

class Inhibition(nn.Module):
    """Neighbours damp each other, channels of these places or the {places} of a window.

    Each is divided by 1 plus the strength times the weighted mean of their sizes. With a ratio,
    the mean under a wider Gaussian is subtracted, and that under the narrow one added.
    """

    def __init__(
        self,
        width: float,
        strength: float,
        ratio: float = 0.0,
        channels: Sequence[int] = (),
        side: int = 1,
    ) -> None:
        super().__init__()
        self.divides, self.mixes = not ratio, bool(channels)
        offsets = range(-(side // 2), side // 2 + 1)
        pairs = [[(a - b,) for b in channels] for a in channels]
        pairs = pairs or {around}

        def weight(offset: tuple[int, ...]) -> float:
            narrow = math.prod(gaussian(d, width) for d in offset)
            if not ratio:
                return strength * narrow
            wide = math.prod(gaussian(d, ratio * width) for d in offset)
            return (not any(offset)) + strength * (narrow - wide)

        kernel = torch.tensor([[weight(offset) for offset in row] for row in pairs])
        kernel = kernel{mixing} if self.mixes else kernel{single}
        self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.divides:
            return x / (1.0 + self.neighbours(x.abs()))
        return self.neighbours(x)

    def neighbours(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return F.linear(x, self.kernel.flatten(1))
        channels, side = x.shape[1], self.kernel.shape[-1]
        if self.mixes:
            return F.{convolve}(x, self.kernel)
        kernel = self.kernel.expand(channels, 1, {sides})
        return F.{convolve}(x, kernel, padding=side // 2, groups=channels)


def gaussian(offset: int, width: float) -> float:
    """Weight of a neighbour, none beyond two widths; those of all offsets add up to 1."""
    radius = math.ceil(2.0 * width)
    whole = sum(math.exp(-0.5 * (d / width) ** 2) for d in range(-radius, radius + 1))
    return math.exp(-0.5 * (offset / width) ** 2) / whole if abs(offset) <= radius else 0.0
'''

IMAGES = {
    "places": "pixels",
    "around": "[[(a, b) for b in offsets] for a in offsets]",
    "mixing": "[:, :, None, None]",
    "single": "[None, None]",
    "convolve": "conv2d",
    "sides": "side, side",
}
SEQUENCES = {
    "places": "positions",
    "around": "[[(a,) for a in offsets]]",
    "mixing": "[:, :, None]",
    "single": "[None]",
    "convolve": "conv1d",
    "sides": "side",
}


class Inhibit(Operation):
    """Damp channels or positions by their neighbours; `places`: where channels were at first."""

    attributes = frozenset({"kind", "over", "width", "strength", "ratio", "places"})
    rank = 3
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        inhibition.check(attributes, len(inputs[0]), inputs[0][0])
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return inhibition.flops_each(attributes, target) * prod(target)

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        return source[0] ** 2 if attributes["over"] == CHANNELS else prod(source[1:])

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        if attributes["over"] != CHANNELS:
            return attributes
        places = inhibition.cut_places(attributes["places"], kept.outputs.tolist())
        return attributes.replacing(places=places)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return bool(attributes["over"] == POSITIONS)

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        revived = inhibition.revives(at.node.attributes)
        return inputs[0] | _felt(at.node, inputs[0]) if revived else inputs[0]

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """What carries nothing has nothing to be damped."""
        return [matters | _felt(at.node, matters & self.carries(at, carried))]

    def words(self, node: Node) -> str:
        genes = node.attributes
        kind = "divisive" if genes["kind"] == DIVISIVE else "DoG"
        size = f"{genes['width']:.2g} wide, {genes['strength']:.2g} strong"
        return f"{kind} inhibition, {genes['over']}, {size}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        named = {name: node.attributes[name] for name in ("width", "strength", "ratio")}
        if node.attributes["over"] == CHANNELS:
            named["channels"] = node.attributes["places"] or range(source[0])
        else:
            named["side"] = inhibition.window(node.attributes, source[1:])
        return f"Inhibition({arguments(**named)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        """Write the class for sequences if there are any, else for images; both take vectors."""
        return SOURCE.format(**SEQUENCES if any(len(p.shape) == 2 for p in peers) else IMAGES)

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes, source)


def _felt(node: Node, flags: Flags) -> Flags:
    """Return which channels inhibit one of these; where positions do, each only itself."""
    if node.attributes["over"] != CHANNELS:
        return flags
    felt = _neighbours(node.attributes, node.shape[0])
    return np.asarray(felt[:, flags].any(axis=1), dtype=np.bool_)


@lru_cache(maxsize=256)
def _neighbours(attributes: Record, channels: int) -> Flags:
    """Return which channels inhibit which, (C, C); a network is traced many times."""
    weights = np.array(inhibition.between_channels(attributes, channels))
    return np.asarray(weights != 0.0, dtype=np.bool_)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    import torch.nn.functional as F
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Inhibit(Layer):
        """Lateral inhibition of (N, C, ...).

        `kernel` is (C, C, 1, ...) for channels, (1, 1, k, ...) for positions.
        """

        kernel: Tensor

        def __init__(self, attributes: Record, source: Shape) -> None:
            super().__init__()
            self.divides = attributes["kind"] == DIVISIVE
            self.mixes = attributes["over"] == CHANNELS
            if self.mixes:
                kernel = torch.tensor(inhibition.between_channels(attributes, source[0]))
                kernel = kernel.view(*kernel.shape, *[1] * (len(source) - 1))
            else:
                side, dimensions = inhibition.window(attributes, source[1:]), len(source) - 1
                weights = inhibition.between_positions(attributes, side, dimensions)
                kernel = torch.tensor(weights).view(1, 1, *[side] * dimensions)
            self.register_buffer("kernel", kernel, persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            if self.divides:
                return x / (1.0 + self._neighbours(x.abs()))
            return self._neighbours(x)

        def _neighbours(self, x: Tensor) -> Tensor:
            if x.dim() == 2:
                return F.linear(x, self.kernel)
            convolve = F.conv1d if x.dim() == 3 else F.conv2d
            if self.mixes:
                return convolve(x, self.kernel)
            channels, window = x.shape[1], self.kernel.shape[2:]
            every = self.kernel.expand(channels, 1, *window)
            return convolve(x, every, padding=window[0] // 2, groups=channels)

    return Inhibit


OPERATION = Inhibit()
