"""Operation `gate`: marks, 0 or 1, computed from a summary of what a stage gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive
from genomes.graph.source import arguments

SOURCE = '''

class Gate(nn.Module):
    """Decides from a summary of an input which groups of channels are open for it."""

    def __init__(
        self, inputs: int, marks: int, size: int, memory: int, threshold: float, blend: float
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size, inputs))
        self.context = nn.Parameter(torch.zeros(marks, size))
        self.history = nn.Parameter(torch.zeros(marks, size))
        self.bias = nn.Parameter(torch.zeros(marks))
        self.register_buffer("past", torch.zeros(size))  # the mean of what training has seen
        self.register_buffer("patterns", torch.zeros(memory, size))  # of inputs that went well
        self.threshold, self.blend = threshold, blend

    def forward(self, x: Tensor) -> Tensor:
        summary = x.flatten(2).mean(2) if x.dim() > 2 else x
        embedded = torch.tanh(F.linear(summary, self.weight))
        likeness = F.linear(embedded, self.patterns) / self.past.numel() ** 0.5
        recalled = torch.softmax(likeness, 1) @ self.patterns
        history = (1.0 - self.blend) * self.past + self.blend * recalled
        drive = F.linear(embedded, self.context, self.bias) + F.linear(history, self.history)
        return (torch.sigmoid(drive) > self.threshold).to(x.dtype)
'''


class Gate(Operation):
    """Map (C, ...) to (`marks`,); `genomes.networks.gate` has the equations."""

    attributes = frozenset({"marks", "embedding", "memory", "threshold", "blend"})
    axes = along(
        weight=("none", "inputs"), context=("outputs",), history=("outputs",), bias=("outputs",),
        past=("none",), patterns=("none",),
    )  # fmt: skip
    constants = ("past", "patterns")
    ties = "none"
    width = "marks"
    drawn = "beside"
    rank = 2
    layer_kind = "linear"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "marks", "embedding", "memory")
        for name in ("threshold", "blend"):
            if not 0.0 <= attributes[name] <= 1.0:
                raise ValueError(f"{name} is {attributes[name]!r}, expected a number from 0 to 1")
        return (attributes["marks"],)

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        marks, embedding = target[0], attributes["embedding"]
        return {
            "weight": (embedding, source[0]),
            "context": (marks, embedding),
            "history": (marks, embedding),
            "bias": target,
        }

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        size, memory = attributes["embedding"], attributes["memory"]
        summary = prod(source) if len(source) > 1 else 0
        embedding = (2 * source[0] + 1) * size
        recall = (4 * size + 3) * memory + 3 * size  # similarities, their softmax, the blend
        return int(summary + embedding + recall + (4 * size + 3) * target[0])

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        return int(attributes["memory"] * attributes["embedding"])

    def words(self, node: Node) -> str:
        return f"gate of {node.shape[0]}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        sizes = (node.attributes[name] for name in ("embedding", "memory"))
        named = {name: node.attributes[name] for name in ("threshold", "blend")}
        return f"Gate({arguments(source[0], node.shape[0], *sizes, **named)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.gate import Gate

        sizes = (attributes[name] for name in ("embedding", "memory"))
        named = {name: attributes[name] for name in ("threshold", "blend")}
        return Gate(source[0], target[0], *sizes, **named)

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Decide nothing: at birth all gates are open."""
        return inputs[0]


OPERATION = Gate()
