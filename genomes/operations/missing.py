"""Operation `missing`: tells by 1 where raw inputs are missing, 0 where they are there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, vector

SOURCE = '''

class Missing(nn.Module):
    """Tell by 1 which of some inputs are NaN."""

    def __init__(self, places: list[int]) -> None:
        super().__init__()
        self.register_buffer("places", torch.tensor(places), persistent=False)
        self.register_buffer("like", torch.empty(0), persistent=False)  # of the network's type

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.places].isnan().to(self.like.dtype)
'''


class Missing(Operation):
    """Map (F,) to an indicator for each of the features at `places`."""

    attributes = frozenset({"places"})
    ties = "none"
    is_remembered = False
    reads_unmasked = True
    has_fixed_channels = True
    takes_missing = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        (features,), places = vector(inputs[0]), attributes["places"]
        if not places or any(not 0 <= place < features for place in places):
            raise ValueError(f"received places {places} of {features} features")
        return (len(places),)

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return target[0]

    def words(self, node: Node) -> str:
        return f"1 where a number is missing, of {node.shape[0]}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        return f"Missing({list(node.attributes['places'])})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["places"])


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Missing(Layer):
        """Indicators of the inputs at some places."""

        places: Tensor
        like: Tensor  # empty, of the network's type

        def __init__(self, places: Sequence[int]) -> None:
            super().__init__()
            self.register_buffer("places", torch.tensor(places), persistent=False)
            self.register_buffer("like", torch.empty(0), persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, F) to (N, P)."""
            return x[:, self.places].isnan().to(self.like.dtype)

    return Missing


OPERATION = Missing()
