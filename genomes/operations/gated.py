"""Operation `gated`: the first input times a gate's marks, each of which speaks for a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.marks.closing import Closing
from genomes.graph.marks.runs import check_runs
from genomes.graph.node import Node
from genomes.graph.shapes import Shape, vector
from genomes.graph.source import of_dimension

SOURCE = '''

def gated(x: Tensor, marks: Tensor, runs: tuple[int, ...]) -> Tensor:
    """Close channels (N, C, ...) by marks (N, M), each of which speaks for a run of them."""
    spread = marks[:, [mark for mark, run in enumerate(runs) for _ in range(run)]]
    return x * spread.view(*spread.shape, *[1] * (x.dim() - 2))


def on_open(layer: nn.Conv2d | nn.Linear, x: Tensor) -> Tensor:
    """Apply a layer, without the channels that are closed in the whole batch.

    A graph that is traced (torch.export, ONNX) has to fit every batch, so it keeps them all.
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return layer(x)
    opened = (x != 0).flatten(2).any(2).any(0) if x.dim() > 2 else (x != 0).any(0)
    if opened.all() or not opened.any():
        return layer(x)
    x, weight = x[:, opened], layer.weight[:, opened]
    if isinstance(layer, nn.Linear):
        return F.linear(x, weight, layer.bias)
    return F.conv2d(x, weight, layer.bias, layer.stride, layer.padding)
'''


class Gated(Closing):
    """Close channels (C, ...) by marks (M,); `runs` says for how many each of them speaks."""

    attributes = frozenset({"runs"})
    arity = 2
    is_remembered = False
    ties = "first"
    drawn = "behind"
    closes = "inputs"
    rank = 1
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        (marks,) = vector(inputs[1])
        check_runs(attributes["runs"], marks, inputs[0][0])
        return inputs[0]

    def call(self, node: Node, source: Shape) -> str:
        return f"gated({{0}}, {{1}}, {node.attributes['runs']})"

    def definitions(self, peers: Sequence[Node]) -> str:
        """Write what closes channels, and the layers that do without closed ones.

        Vectors alone say nothing of the layers before them: theirs are taken to be of images.
        """
        shapes = [peer.shape for peer in peers if len(peer.shape) > 1]
        return of_dimension(SOURCE, shapes[0]) if shapes else SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["runs"])


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Gated(Layer):
        """Multiply channels (N, C, ...) by marks (N, M)."""

        index: Tensor

        def __init__(self, runs: tuple[int, ...]) -> None:
            super().__init__()
            index = torch.repeat_interleave(torch.arange(len(runs)), torch.tensor(runs))
            self.register_buffer("index", index, persistent=False)

        def forward(self, x: Tensor, marks: Tensor) -> Tensor:
            spread = marks.index_select(1, self.index)
            return x * spread.view(*spread.shape, *[1] * (x.dim() - 2))

    return Gated


OPERATION = Gated()
