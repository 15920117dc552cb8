"""Node: one named operation of a network graph."""

from __future__ import annotations

from typing import NamedTuple

from genomes.genes.gene import Record
from genomes.graph.shapes import Shape


class Node(NamedTuple):
    """One operation. `shape` is that of its output without the batch: (C, H, W), (C, L) or (F,).

    `name` is an identifier; it is also the prefix of the node's tensors in a state dict.
    """

    name: str
    operation: str
    inputs: tuple[str, ...]
    attributes: Record
    shape: Shape

    @property
    def site(self) -> str | None:
        """The site whose mask acts here: attribute `site`; None where no mask acts."""
        found: str | None = self.attributes.get("site")
        return found
