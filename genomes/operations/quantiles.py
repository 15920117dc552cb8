"""Operation `quantiles`: brings each number to the normal quantile of its rank in training data.

Between quantiles that were fitted it is a straight line, beyond the first and last it is constant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, is_finite, vector

SOURCE = '''

class Quantiles(nn.Module):
    """Sum the rises of the intervals that lie below each number, in part where it lies within."""

    def __init__(self, features: int, intervals: int) -> None:
        super().__init__()
        for name in ("start", "width", "rise"):
            self.register_buffer(name, torch.ones(features, intervals))
        self.register_buffer("lowest", torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        passed = ((x.unsqueeze(2) - self.start) / self.width).clamp(0.0, 1.0)
        return self.lowest + (passed * self.rise).sum(2)
'''


class Quantiles(Operation):
    """Map features (F,), each along a line through its `knots` and `levels`."""

    attributes = frozenset({"knots", "levels"})
    axes = along(start=("outputs",), width=("outputs",), rise=("outputs",), lowest=("outputs",))
    constants = ("start", "width", "rise", "lowest")
    bends = True
    reads_unmasked = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        vector(inputs[0])
        knots, levels = attributes["knots"], attributes["levels"]
        if not len(knots) == len(levels) == inputs[0][0]:
            raise ValueError(f"received {len(knots)} rows of knots for shape {inputs[0]}")
        for row, heights in zip(knots, levels, strict=True):
            check_rising(row)
            if len(heights) != len(row) or not all(map(is_finite, heights)):
                raise ValueError("every knot needs a level, a finite number")
        return inputs[0]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        # of each interval: difference and ratio 2, bounds 2, product and sum 2
        return 6 * sum(len(row) - 1 for row in attributes["knots"])

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return "the normal quantiles of ranks in training data"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Quantiles({source[0]}, {_most(node.attributes)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes)


def check_rising(row: Sequence[float]) -> None:
    """Raise ValueError unless a row has two finite numbers or more, each above the last."""
    if len(row) < 2 or not all(map(is_finite, row)):
        raise ValueError(f"received {len(row)} places along a line, expected two numbers or more")
    if any(not a < b for a, b in pairwise(row)):
        raise ValueError("received places along a line that do not rise")


def _most(attributes: Record) -> int:
    return max(len(row) for row in attributes["knots"]) - 1


def _rows(attributes: Record) -> Iterator[tuple[list[float], list[float], list[float], float]]:
    """Yield start, width and rise of the intervals of each feature, and its lowest level.

    Features of fewer intervals have some at the end that rise by nothing.
    """
    most = _most(attributes)
    for knots, levels in zip(attributes["knots"], attributes["levels"], strict=True):
        free = most + 1 - len(knots)
        widths = [b - a for a, b in pairwise(knots)]
        rises = [b - a for a, b in pairwise(levels)]
        yield (
            [*knots[:-1], *[knots[-1]] * free],
            widths + [1.0] * free,
            rises + [0.0] * free,
            levels[0],
        )


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Quantiles(Layer):
        """Intervals by feature, (F, I)."""

        start: Tensor
        width: Tensor
        rise: Tensor
        lowest: Tensor

        def __init__(self, attributes: Record) -> None:
            super().__init__()
            names = ("start", "width", "rise", "lowest")
            for name, values in zip(names, zip(*_rows(attributes), strict=True), strict=True):
                self.register_buffer(name, torch.tensor(values))

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, F) to (N, F)."""
            passed = ((x.unsqueeze(2) - self.start) / self.width).clamp(0.0, 1.0)  # (N, F, I)
            return self.lowest + (passed * self.rise).sum(2)

    return Quantiles


OPERATION = Quantiles()
