"""Operation `opaque`: an operator of PyTorch that no other operation stands for, as it is.

Of a network that was given. It keeps all channels that it reads and makes, and its FLOPs are an
estimate: those of its products, or one for each number that comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.opaque_call import OpaqueCall
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import MOST, Shape, are_whole

SOURCE = '''

class Held(nn.Module):
    """Numbers that an operator is called with: trained ones, and fixed values."""

    def __init__(self, numbers: int, values: int) -> None:
        super().__init__()
        if numbers:
            self.numbers = nn.Parameter(torch.zeros(numbers))
        self.register_buffer("values", torch.zeros(values))
'''
COUNTS = ("flops", "numbers", "values")
MOST_VALUES = 10**7  # which no count of parameters shows


class Opaque(Operation):
    """Map `sources` to `size` by `operator`, with `arguments` as `OpaqueCall` reads them."""

    attributes = frozenset({"operator", "arguments", "output", "sources", "size", *COUNTS})
    axes = along(numbers=("none",), values=("none",))
    constants = ("values",)
    ties = "none"
    keeps_all = True
    bends = True

    def __init__(self, arity: int) -> None:
        self.arity = arity

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        size: Shape = attributes["size"]
        if not isinstance(size, tuple) or not size or not are_whole(size, len(size), 1):
            raise ValueError(f"size is {size!r}, expected a shape without the batch")
        counts = tuple(attributes[name] for name in COUNTS)
        if not are_whole(counts, len(COUNTS), 0) or max(size) > MOST or counts[2] > MOST_VALUES:
            raise ValueError(f"{', '.join(COUNTS)} are {counts}, expected whole numbers from 0")
        if attributes["sources"] != tuple(inputs):
            raise ValueError(f"received inputs {tuple(inputs)}, expected {attributes['sources']}")
        called(attributes).check(self.arity, attributes["numbers"], attributes["values"])
        return size

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        count = attributes["numbers"]
        return {"numbers": (count,)} if count else {}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return int(attributes["flops"])

    def continues(self, attributes: Record, old: Record) -> bool:
        return attributes == old

    def words(self, node: Node) -> str:
        return f"{node.attributes['operator'].partition('.')[0]} as it is"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Held({node.attributes['numbers']}, {node.attributes['values']})"

    def call(self, node: Node, source: Shape) -> str:
        return called(node.attributes).source(f"self.{node.name}")

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.opaque import check_size

        call, counts = called(attributes), (attributes["numbers"], attributes["values"])
        check_size(call, attributes["sources"], attributes["size"], *counts)
        return layer()(call, *counts)


def called(attributes: Record) -> OpaqueCall:
    """Return the call that attributes state; ValueError for one that is not allowed."""
    return OpaqueCall.of(attributes["operator"], attributes["arguments"], attributes["output"])


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor, nn

    from genomes.networks.layers import Layer
    from genomes.networks.opaque import computed

    class Held(Layer):
        """Call an operator with numbers (P,) that are trained and values (V,) that are not."""

        numbers: Tensor | None
        values: Tensor

        def __init__(self, call: OpaqueCall, numbers: int, values: int) -> None:
            super().__init__()
            self.call = call
            trained = nn.Parameter(torch.zeros(numbers)) if numbers else None
            self.register_parameter("numbers", trained)
            self.register_buffer("values", torch.zeros(values))

        def forward(self, *inputs: Tensor) -> Tensor:
            return computed(self.call, inputs, self.numbers, self.values)

    return Held


OPERATION = Opaque(arity=1)
