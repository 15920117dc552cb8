"""Operation `causal_gate`: marks at each position, from what came up to it and nothing else.

The epigenetic control of the second source paper, M(c, h) = sigmoid(W_c E(c) + W_h H(h) + b), with
c and h such that a text can be continued: c is the mean of an example's own embeddings so far, h
the decaying mean of what the gated layer has been given (`genomes.networks.causal_gate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, is_finite, positive
from genomes.graph.source import arguments

SOURCE = '''

class CausalGate(nn.Module):
    """Decides at each position from what came before which groups of channels are open there."""

    def __init__(
        self, inputs: int, marks: int, size: int, length: int, threshold: float, half_life: float
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * size, inputs))
        self.context = nn.Parameter(torch.zeros(marks, size))
        self.history = nn.Parameter(torch.zeros(marks, size))
        self.bias = nn.Parameter(torch.zeros(marks))
        place = torch.arange(length)
        ago = (place[:, None] - place).clamp_min(0)
        decayed = (0.5 ** (ago / half_life)).tril()
        so_far = torch.ones(length, length).tril()
        means = [weights / weights.sum(1, keepdim=True) for weights in (so_far, decayed)]
        self.register_buffer("means", torch.stack(means), persistent=False)
        self.threshold = threshold

    def forward(self, x: Tensor, embeddings: Tensor) -> Tensor:  # (N, C, L) each to (N, marks, L)
        size, length = self.context.shape[1], x.shape[2]
        so_far, decayed = self.means[:, :length, :length].unbind(0)
        context = so_far @ F.linear(embeddings.transpose(1, 2), self.weight[:size])
        history = decayed @ F.linear(x.transpose(1, 2), self.weight[size:])
        drive = F.linear(torch.tanh(context), self.context, self.bias)
        drive = drive + F.linear(torch.tanh(history), self.history)
        return (torch.sigmoid(drive) > self.threshold).to(x.dtype).transpose(1, 2)
'''


class CausalGate(Operation):
    """Map a layer's input (C, L) and embeddings (C, L) to (`marks`, L).

    `half_life` is in positions; `pressure` is what an open mark costs in training, in nats.
    """

    attributes = frozenset({"marks", "embedding", "threshold", "half_life", "pressure"})
    arity = 2
    axes = along(
        weight=("none", "inputs"), context=("outputs",), history=("outputs",), bias=("outputs",)
    )
    ties = "inputs"
    width = "marks"
    has_fixed_channels = True  # a mark speaks for the same group of a layer
    drawn = "beside"
    rank = 2
    layer_kind = "linear"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "marks", "embedding")
        x, embeddings = inputs
        if len(x) != 2 or x != embeddings:
            raise ValueError(f"received shapes {x} and {embeddings}, expected (channels, length)")
        if not 0.0 <= attributes["threshold"] <= 1.0:
            raise ValueError(f"threshold is {attributes['threshold']!r}, expected from 0 to 1")
        for name, least in (("half_life", 1e-3), ("pressure", 0.0)):
            if not is_finite(attributes[name]) or attributes[name] < least:
                raise ValueError(f"{name} is {attributes[name]!r}, expected {least:g} or more")
        return attributes["marks"], x[1]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        marks, size = target[0], attributes["embedding"]
        sides = {"context": (marks, size), "history": (marks, size)}
        return {"weight": (2 * size, source[0]), **sides, "bias": (marks,)}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count what a position needs that follows another: running sums, not whole means."""
        size, (marks, length) = attributes["embedding"], target
        embedding = 2 * source[0] * 2 * size
        means = 3 * 2 * size + 2 * size  # decayed, added, divided; tanh
        return int(length * (embedding + means + (4 * size + 3) * marks))

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        return 2 * target[1] ** 2

    def state(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count two sums of numbers that embed, and what each is divided by."""
        return int(2 * (attributes["embedding"] + 1))

    def words(self, node: Node) -> str:
        return f"gate of {node.shape[0]} at each position"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        marks, length = node.shape
        sizes = source[0], marks, node.attributes["embedding"], length
        named = {name: node.attributes[name] for name in ("threshold", "half_life")}
        return f"CausalGate({arguments(*sizes, **named)})"

    def call(self, node: Node, source: Shape) -> str:
        return f"self.{node.name}({{0}}, {{1}})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.causal_gate import CausalGate

        sizes = source[0], target[0], attributes["embedding"], target[1]
        named = {name: attributes[name] for name in ("threshold", "half_life", "pressure")}
        return CausalGate(*sizes, **named)

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.gate import GateStep

        return GateStep(module)

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Decide nothing: at birth all gates are open."""
        return inputs[0]


OPERATION = CausalGate()
