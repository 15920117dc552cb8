"""Operation `exit_gate`: a mark at each position, closed where scores are sure of a token.

As `genomes.networks.exit_gate` computes it. What a closed mark skips, those who read it say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, is_finite

SOFTMAX = 5  # FLOPs of a score

SOURCE = '''

def go_on(scores: Tensor, confidence: float) -> Tensor:
    """Map scores (N, V, L) to marks (N, 1, L): 0 where the likeliest token is sure enough."""
    return (scores.softmax(1).amax(1, keepdim=True) < confidence).to(scores.dtype)
'''


class ExitGate(Operation):
    """Map scores (V, L) to one mark (1, L); `weight` is that of the exit's loss in training."""

    attributes = frozenset({"confidence", "weight"})
    ties = "none"
    keeps_all = True  # of shares of all scores, none can go
    has_fixed_channels = True
    drawn = "beside"
    by_position = True
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        if len(inputs[0]) != 2:
            raise ValueError(f"received shape {inputs[0]}, expected (tokens, length)")
        confidence, weight = attributes["confidence"], attributes["weight"]
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"confidence is {confidence!r}, expected from 0 to 1")
        if not is_finite(weight) or weight < 0:
            raise ValueError(f"weight is {weight!r}, expected 0 or more")
        return 1, inputs[0][1]

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return SOFTMAX * source[0] * source[1]

    def words(self, node: Node) -> str:
        return f"exit where {node.attributes['confidence']:.0%} sure"

    def call(self, node: Node, source: Shape) -> str:
        return f"go_on({{0}}, {node.attributes['confidence']})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.exit_gate import ExitGate

        return ExitGate(attributes["confidence"], attributes["weight"])

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """In training every position goes on."""
        return module.open(*inputs)


OPERATION = ExitGate()
