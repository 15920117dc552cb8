"""Operation `sparse_linear`: a linear layer of single connections."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Kept
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, vector, yes_or_no

ROW_WIDTH = 80  # characters of a list in the source

SOURCE = '''

class SparseLinear(nn.Module):
    """Sums over single connections: `sources` lists the inputs that each output reads."""

    def __init__(self, inputs: int, sources: list[list[int]], bias: bool = True) -> None:
        super().__init__()
        self.shape = len(sources), inputs
        places = [row * inputs + i for row, read in enumerate(sources) for i in read]
        self.register_buffer("places", torch.tensor(places).long(), persistent=False)
        self.weight = nn.Parameter(torch.zeros(1, len(places)))
        self.bias = nn.Parameter(torch.zeros(len(sources))) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        matrix = self.weight.new_zeros(self.shape[0] * self.shape[1])
        matrix = matrix.scatter(0, self.places, self.weight[0])
        return F.linear(x, matrix.view(self.shape), self.bias)
'''


class SparseLinear(Operation):
    """Map (F,) to (`out_features`,); `edges` are pairs of output and input, in ascending order."""

    attributes = frozenset({"out_features", "edges", "bias"})
    axes = along(weight=("none", "edges"), bias=("outputs",))
    ties = "none"
    width = "out_features"
    layer_kind = "linear"
    rank = 4

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_features")
        yes_or_no(attributes, "bias")
        (features,), outputs = vector(inputs[0]), attributes["out_features"]
        edges = attributes["edges"]
        if any(not (0 <= o < outputs and 0 <= i < features) for o, i in edges):
            raise ValueError(f"received an edge beyond {outputs} outputs and {features} inputs")
        if any(not earlier < later for earlier, later in pairwise(edges)):
            raise ValueError("received edges out of order; sort them by output, then input")
        return (outputs,)

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        # One row: like every weight it has two dimensions, which tells it from vectors.
        weight = (1, len(attributes["edges"]))
        return {"weight": weight, "bias": target} if attributes["bias"] else {"weight": weight}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 2 * len(attributes["edges"]) + bool(attributes["bias"]) * target[0]

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        """Keep the edges that stay, between the new places of what they join."""
        assert kept.edges is not None
        rows, columns = np.cumsum(kept.outputs) - 1, np.cumsum(kept.inputs[0]) - 1
        edges = tuple(
            (int(rows[output]), int(columns[place]))
            for (output, place), on in zip(attributes["edges"], kept.edges, strict=True)
            if on
        )
        return super().shrunk(attributes.replacing(edges=edges), kept)

    def words(self, node: Node) -> str:
        connections = len(node.attributes["edges"])
        return f"sparse linear, {node.shape[0]} units, {connections} connections"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        """Write a list of inputs for each output, lines broken."""
        rows: list[list[int]] = [[] for _ in range(node.shape[0])]
        for output, place in node.attributes["edges"]:
            rows[output].append(place)
        lines = [f"{row}," for row in rows]
        bias = "" if node.attributes["bias"] else ", bias=False"
        body = "\n".join(textwrap.fill(line, ROW_WIDTH, subsequent_indent=" ") for line in lines)
        inside = textwrap.indent(body, " " * 4)
        return f"SparseLinear({source[0]}, [\n{inside}\n]{bias})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(self.tensors(attributes, source, target), source[0], target[0],
                       attributes["edges"])  # fmt: skip


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor
    from torch.nn.functional import linear

    from genomes.networks.layers import Weighted

    class SparseLinear(Weighted):
        """Sums over edges; the weight (1, E) has a number for each, spread over a matrix."""

        places: Tensor

        def __init__(
            self,
            tensors: Mapping[str, Shape],
            inputs: int,
            outputs: int,
            edges: Sequence[tuple[int, int]],
        ) -> None:
            super().__init__(tensors, linear)
            self.shape, self.edges = (outputs, inputs), edges
            places = torch.tensor([o * inputs + i for o, i in edges], dtype=torch.long)
            self.register_buffer("places", places, persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            return linear(x, self.by_output(self.weight), self.bias)

        def by_output(self, values: Tensor) -> Tensor:
            outputs, inputs = self.shape
            matrix = values.new_zeros(outputs * inputs)
            return matrix.scatter(0, self.places, values[0]).view(outputs, inputs)

        def by_input(self, values: Tensor) -> Tensor:
            return values[self.places % self.shape[1]].view(1, -1)

        def rows(self) -> list[Tensor]:
            outputs = [output for output, _ in self.edges]
            starts = [n for n, o in enumerate(outputs) if n == 0 or o != outputs[n - 1]]
            ends = pairwise([*starts, len(outputs)])
            return [self.weight.detach()[:, a:b] for a, b in ends]

    return SparseLinear


OPERATION = SparseLinear()
