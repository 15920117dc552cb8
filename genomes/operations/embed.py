"""Operation `embed`: a trained vector for each category of each of the last inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, vector

SOURCE = '''

class Embed(nn.Module):
    """Look up a vector for the category of each input from `first` on.

    The last category of each stands for all that is no code of one, NaN among them.
    """

    def __init__(self, first: int, categories: list[int], width: int) -> None:
        super().__init__()
        self.first = first
        self.weight = nn.Parameter(torch.zeros(sum(categories), width))
        sizes = torch.tensor(categories)
        self.register_buffer("last", sizes - 1, persistent=False)
        self.register_buffer("rows", sizes.cumsum(0) - sizes, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        codes = x[:, self.first :]
        known = torch.where((codes >= 0) & (codes < self.last), codes, self.last)
        return F.embedding(known.long() + self.rows, self.weight).flatten(1)
'''


class Embed(Operation):
    """Map the codes among (F,), which are those from `first` on, to vectors of `width` each.

    `categories` is how many each input has; the last one stands for every code that is none.
    """

    attributes = frozenset({"first", "categories", "width"})
    axes = along(weight=("none", "none"))
    ties = "none"
    layer_kind = "linear"
    reads_unmasked = True
    has_fixed_channels = True
    takes_missing = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "width")
        (features,), first = vector(inputs[0]), attributes["first"]
        categories = attributes["categories"]
        if not categories or first + len(categories) != features or first < 0:
            raise ValueError(
                f"received {len(categories)} inputs with categories from input {first} on, of "
                f"{features}"
            )
        if any(not isinstance(size, int) or size < 1 for size in categories):
            raise ValueError(
                f"received categories {categories}, expected at least 1 of each input"
            )
        return (len(categories) * attributes["width"],)

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return {"weight": (sum(attributes["categories"]), attributes["width"])}

    def words(self, node: Node) -> str:
        count, width = len(node.attributes["categories"]), node.attributes["width"]
        return f"embed {count} categories, {width} number{'s' if width > 1 else ''} each"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        first, width = node.attributes["first"], node.attributes["width"]
        return f"Embed({first}, {list(node.attributes['categories'])}, {width})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor, nn
    from torch.nn.functional import embedding

    from genomes.networks.layers import Reader

    class Embed(Reader):
        """Vectors (categories of all inputs, width); those of what is no category start as zero.

        Zero is what the others are about: the answer of a category that train has not.
        """

        last: Tensor
        starts: Tensor

        def __init__(self, attributes: Record) -> None:
            super().__init__()
            self.first, categories = attributes["first"], attributes["categories"]
            self.ends = tuple(accumulate(categories, initial=0))
            weight = torch.zeros(self.ends[-1], attributes["width"])
            self.weight = nn.Parameter(weight)
            self.register_buffer("last", torch.tensor(categories) - 1, persistent=False)
            self.register_buffer("starts", torch.tensor(self.ends[:-1]), persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            """Map (N, F) to (N, columns * width)."""
            codes = x[:, self.first :]
            known = torch.where((codes >= 0) & (codes < self.last), codes, self.last)
            return embedding(known.long() + self.starts, self.weight).flatten(1)

        def rows(self) -> list[Tensor]:
            runs = [(a, b - 1) for a, b in pairwise(self.ends) if b - 1 > a]
            return [self.weight.detach()[a:b] for a, b in runs]

    return Embed


OPERATION = Embed()
