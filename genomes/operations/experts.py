"""Operation `experts`: feed-forward layers of which a router chooses a few at each position.

As `genomes.networks.experts` computes it. Channels of the stream can be masked and cut out; hidden
channels of experts cannot: a mask silences a channel at all positions, and those of an expert are
there at its own positions alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genomes.genes import activation
from genomes.genes.activation import is_bred
from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along, operation
from genomes.graph.shapes import Shape, is_finite, positive
from genomes.graph.source import arguments
from genomes.operations.activation import CALLS
from genomes.operations.causal_attention import SOFTMAX

SOURCE = '''

class Experts(nn.Module):
    """Feed-forward layers; a router sends each position to `chosen` of them, as rows (T, C)."""

    def __init__(
        self, inputs: int, sizes: Sequence[int], chosen: int, function: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        experts, hidden, outputs = sizes
        self.weight = nn.Parameter(torch.zeros(experts, inputs))
        self.inner = nn.Parameter(torch.zeros(experts, hidden, inputs))
        self.inner_bias = nn.Parameter(torch.zeros(experts, hidden))
        self.outer = nn.Parameter(torch.zeros(experts, outputs, hidden))
        self.outer_bias = nn.Parameter(torch.zeros(experts, outputs))
        self.chosen, self.function = chosen, function

    def forward(self, x: Tensor) -> Tensor:  # (N, C, L) to (N, outputs, L)
        rows = x.transpose(1, 2).flatten(0, 1)
        best, sent = F.linear(rows, self.weight).topk(self.chosen, dim=1)
        dense = torch.compiler.is_compiling()  # graphs have no sizes that depend on numbers
        found = self.by_all(rows, sent) if dense else self.by_chosen(rows, sent)
        weighed = (found * best.softmax(1)[..., None]).sum(1)
        return weighed.unflatten(0, (x.shape[0], x.shape[2])).transpose(1, 2)

    def by_chosen(self, rows: Tensor, sent: Tensor) -> Tensor:
        order = sent.flatten().argsort(stable=True)
        counts = F.one_hot(sent, len(self.weight)).sum((0, 1)).tolist()
        parts = rows[order // self.chosen].split(counts)
        answers = torch.cat([self.expert(e, part) for e, part in enumerate(parts) if len(part)])
        return answers[order.argsort()].unflatten(0, sent.shape)

    def by_all(self, rows: Tensor, sent: Tensor) -> Tensor:
        answers = torch.stack([self.expert(e, rows) for e in range(len(self.weight))], dim=1)
        return answers.gather(1, sent[..., None].expand(-1, -1, answers.shape[2]))

    def expert(self, number: int, rows: Tensor) -> Tensor:
        hidden = self.function(F.linear(rows, self.inner[number], self.inner_bias[number]))
        return F.linear(hidden, self.outer[number], self.outer_bias[number])
'''


class Experts(Operation):
    """Map (C, L) to (`out_channels`, L) by `chosen` of `experts`, `hidden` channels wide each.

    `function` is an activation by name; `balance` times the imbalance is added to the loss.
    """

    attributes = frozenset({"out_channels", "hidden", "experts", "chosen", "function", "balance"})
    axes = along(
        weight=("none", "inputs"),
        inner=("none", "none", "inputs"),
        inner_bias=("none", "none"),
        outer=("none", "outputs"),
        outer_bias=("none", "outputs"),
    )
    ties = "none"
    width = "out_channels"
    layer_kind = "linear"
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "out_channels", "hidden", "experts", "chosen")
        if len(inputs[0]) != 2:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        if attributes["chosen"] > attributes["experts"]:
            raise ValueError(
                f"chosen is {attributes['chosen']}, expected at most the number of experts, "
                f"{attributes['experts']}"
            )
        if attributes["function"] not in CALLS:
            raise ValueError(
                f"function is {attributes['function']!r}, expected one of {', '.join(CALLS)}"
            )
        if not is_finite(attributes["balance"]) or attributes["balance"] < 0:
            raise ValueError(f"balance is {attributes['balance']!r}, expected 0 or more")
        return attributes["out_channels"], inputs[0][1]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        experts, hidden = attributes["experts"], attributes["hidden"]
        return {
            "weight": (experts, source[0]),
            "inner": (experts, hidden, source[0]),
            "inner_bias": (experts, hidden),
            "outer": (experts, target[0], hidden),
            "outer_bias": (experts, target[0]),
        }

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count the router, and at each position the experts that are chosen there."""
        (outputs, length), hidden = target, attributes["hidden"]
        routing = (2 * source[0] + SOFTMAX) * attributes["experts"]
        inner = (2 * source[0] + 1 + activation.flops(attributes["function"])) * hidden
        answer = inner + (2 * hidden + 1) * outputs + 2 * outputs  # weighed and added
        return int(length * (routing + attributes["chosen"] * answer))

    def continues(self, attributes: Record, old: Record) -> bool:
        return attributes == old

    def words(self, node: Node) -> str:
        genes = node.attributes
        return f"{genes['experts']} experts of {genes['hidden']}, top {genes['chosen']}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        genes = node.attributes
        sizes = genes["experts"], genes["hidden"], genes["out_channels"]
        chosen = f"{genes['chosen']}, {CALLS[genes['function']]}"
        return f"Experts({arguments(source[0], sizes)}, {chosen})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.experts import Experts

        assert not is_bred(attributes["function"])
        function = operation("activation").build(attributes, target, target)
        tensors = self.tensors(attributes, source, target)
        return Experts(tensors, attributes["chosen"], function, attributes["balance"])

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Compute without keeping how busy experts are."""
        return module.answered(*inputs)[0]

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.experts import ExpertsStep

        return ExpertsStep(module)


OPERATION = Experts()
