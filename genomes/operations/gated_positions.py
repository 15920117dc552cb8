"""Operation `gated_positions`: channels of a sequence times marks of the same position.

As `gated`, with marks of their own at each position.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.marks.closing import Closing
from genomes.graph.marks.runs import check_runs
from genomes.graph.node import Node
from genomes.graph.shapes import Shape

SOURCE = '''

def gated_positions(x: Tensor, marks: Tensor, runs: tuple[int, ...]) -> Tensor:
    """Close channels (N, C, L) by marks (N, M, L), each of which speaks for a run of them."""
    return x * marks[:, [mark for mark, run in enumerate(runs) for _ in range(run)]]
'''


class GatedPositions(Closing):
    """Close channels (C, L) by marks (M, L); `runs` says for how many each of them speaks."""

    attributes = frozenset({"runs"})
    arity = 2
    is_remembered = False
    ties = "first"
    drawn = "behind"
    closes = "positions"
    by_position = True
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        x, marks = inputs
        if len(x) != 2 or len(marks) != 2 or x[1] != marks[1]:
            raise ValueError(f"received shapes {x} and {marks}, expected sequences of one length")
        check_runs(attributes["runs"], marks[0], x[0])
        return x

    def call(self, node: Node, source: Shape) -> str:
        return f"gated_positions({{0}}, {{1}}, {node.attributes['runs']})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["runs"])

    def step(self, module: Any, ends: Any) -> Any:
        """Pass on what those who read it leave out."""
        return (lambda place, x, _: x) if ends.is_passed else super().step(module, ends)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class GatedPositions(Layer):
        """Multiply channels (N, C, L) by marks (N, M, L)."""

        index: Tensor

        def __init__(self, runs: tuple[int, ...]) -> None:
            super().__init__()
            index = torch.repeat_interleave(torch.arange(len(runs)), torch.tensor(runs))
            self.register_buffer("index", index, persistent=False)

        def forward(self, x: Tensor, marks: Tensor) -> Tensor:
            return x * marks.index_select(1, self.index)

    return GatedPositions


OPERATION = GatedPositions()
