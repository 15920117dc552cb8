"""Operation `gru`: gated recurrent units, which carry a state from position to position.

As `genomes.networks.gru` computes it. A mask of its channels acts within: a masked unit is zero
for the others too, so it can be cut out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive

SATURATING = 4  # FLOPs of a sigmoid or hyperbolic tangent

SOURCE = '''

class Gru(nn.Module):
    """Gated recurrent units; the last axis of each tensor has gates r and z and candidate n."""

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(units, inputs, 3))
        self.recurrent = nn.Parameter(torch.zeros(units, units, 3))
        self.bias = nn.Parameter(torch.zeros(units, 3))
        self.recurrent_bias = nn.Parameter(torch.zeros(units, 3))

    def forward(self, x: Tensor) -> Tensor:  # (N, C, L) to (N, units, L)
        tensors = self.weight, self.recurrent, self.bias, self.recurrent_bias
        joined = [tensor.movedim(-1, 0).flatten(0, 1) for tensor in tensors]
        start = x.new_zeros(1, x.shape[0], len(self.weight))
        found = torch.gru(
            x.permute(2, 0, 1), start, joined, True, 1, 0.0, self.training, False, False
        )
        return found[0].permute(1, 2, 0)
'''


class Gru(Operation):
    """Map (C, L) to (`units`, L)."""

    attributes = frozenset({"units"})
    axes = along(
        weight=("outputs", "inputs"),
        recurrent=("outputs", "outputs"),
        bias=("outputs",),
        recurrent_bias=("outputs",),
    )
    ties = "none"
    width = "units"
    layer_kind = "linear"
    recurs = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "units")
        if len(inputs[0]) != 2:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        return attributes["units"], inputs[0][1]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        units = target[0]
        biases = {"bias": (units, 3), "recurrent_bias": (units, 3)}
        return {"weight": (units, source[0], 3), "recurrent": (units, units, 3), **biases}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count products with inputs and units, sums, gates, and the mean of old and new."""
        units, length = target
        products = 3 * (2 * source[0] + 1) + 3 * (2 * units + 1)
        gates = 4 + 3 * SATURATING  # three sums; r times what n recalls
        return int(length * units * (products + gates + 4))

    def state(self, attributes: Record, source: Shape, target: Shape) -> int:
        return target[0]

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return at.features()

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """Each unit reads all others one position later."""
        units = at.features() if matters.any() else np.zeros_like(matters)
        return [self._read(at, units)]

    def continues(self, attributes: Record, old: Record) -> bool:
        return attributes == old

    def words(self, node: Node) -> str:
        return f"GRU, {node.shape[0]} unit{'s' * (node.shape[0] > 1)}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Gru({source[0]}, {node.shape[0]})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.gru import Gru

        return Gru(self.tensors(attributes, source, target))

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.gru import GruStep

        return GruStep(module)


OPERATION = Gru()
