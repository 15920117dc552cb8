"""Operation `piecewise`: how much of each of its bins a number has passed.

The piecewise-linear encoding of Gorishniy et al. (2022, https://arxiv.org/abs/2203.05556,
equation 1): 0 below a bin, 1 above it, a straight line within; the first and last bin go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, vector
from genomes.operations.quantiles import check_rising

BEYOND = 10.0  # widths of a bin to which the first and last go on
SOURCE = '''

class Piecewise(nn.Module):
    """Tell how much of each bin a number has passed; `bins` lists how many each number has."""

    def __init__(self, bins: list[int]) -> None:
        super().__init__()
        for name in ("start", "width", "least", "most"):
            self.register_buffer(name, torch.ones(sum(bins)))
        feature = [place for place, count in enumerate(bins) for _ in range(count)]
        self.register_buffer("feature", torch.tensor(feature), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        passed = (x[:, self.feature] - self.start) / self.width
        return passed.clamp(self.least, self.most)
'''


class Piecewise(Operation):
    """Map (F,) to a number for each bin; `edges` has a row of rising numbers for each feature."""

    attributes = frozenset({"edges"})
    axes = along(start=("outputs",), width=("outputs",), least=("outputs",), most=("outputs",))
    constants = ("start", "width", "least", "most")
    ties = "none"
    bends = True
    reads_unmasked = True
    has_fixed_channels = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        vector(inputs[0])
        if len(attributes["edges"]) != inputs[0][0]:
            raise ValueError(
                f"received {len(attributes['edges'])} rows of edges for shape {inputs[0]}"
            )
        for row in attributes["edges"]:
            check_rising(row)
        return (sum(_counts(attributes)),)

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 4 * target[0]  # difference and ratio, two bounds

    def words(self, node: Node) -> str:
        most = max(_counts(node.attributes))
        return f"piecewise-linear encoding, at most {most} bins a number"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Piecewise({_counts(node.attributes)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes)


def _counts(attributes: Record) -> list[int]:
    """Return how many bins each feature has."""
    return [len(row) - 1 for row in attributes["edges"]]


def _bins(attributes: Record) -> Iterator[tuple[float, float, float, float]]:
    """Yield start and width of each bin, and the bounds of what comes out."""
    for row in attributes["edges"]:
        last = len(row) - 2
        for place, (low, high) in enumerate(pairwise(row)):
            least = -BEYOND if place == 0 else 0.0
            yield low, high - low, least, 1.0 + BEYOND if place == last else 1.0


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Piecewise(Layer):
        """Bins of all features, one after the other, (B,)."""

        feature: Tensor
        start: Tensor
        width: Tensor
        least: Tensor
        most: Tensor

        def __init__(self, attributes: Record) -> None:
            super().__init__()
            names = ("start", "width", "least", "most")
            for name, values in zip(names, zip(*_bins(attributes), strict=True), strict=True):
                self.register_buffer(name, torch.tensor(values))
            counts = torch.tensor(_counts(attributes))
            feature = torch.arange(len(counts)).repeat_interleave(counts)
            self.register_buffer("feature", feature, persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, F) to (N, B)."""
            passed = (x[:, self.feature] - self.start) / self.width
            return passed.clamp(self.least, self.most)

    return Piecewise


OPERATION = Piecewise()
