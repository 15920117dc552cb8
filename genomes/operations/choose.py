"""Operation `choose`: some channels of the input, in any order; as splits and shuffles give them.

Channel shuffles are those of ShuffleNet (Zhang et al. 2017, https://arxiv.org/abs/1707.01083).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, Kept, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, are_whole


class Choose(Operation):
    """Map (C, ...) to the channels of `index`, (len(index), ...)."""

    attributes = frozenset({"index"})
    ties = "chosen"
    is_remembered = False

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        index, channels = attributes["index"], inputs[0][0]
        known = bool(index) and are_whole(index, len(index), 0)
        if not known or max(index) >= channels:
            raise ValueError(f"received index {index!r}, expected some of {channels} channels")
        return (len(index), *inputs[0][1:])

    def chosen(self, attributes: Record) -> tuple[int, ...]:
        index: tuple[int, ...] = attributes["index"]
        return index

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        """Say where the channels that stay lie among those of the input that stay."""
        places = np.cumsum(kept.inputs[0]) - 1
        index = np.array(attributes["index"])[kept.outputs]
        return attributes.replacing(index=tuple(places[index].tolist()))

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0][list(at.node.attributes["index"])]

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        found = np.zeros(at.sources[0][0], dtype=np.bool_)
        np.logical_or.at(found, list(at.node.attributes["index"]), matters)
        return [found]

    def words(self, node: Node) -> str:
        run = _run(node.attributes["index"])
        if run is not None:
            return f"channels {run.start} to {run.stop - 1}"
        return f"{len(node.attributes['index'])} channels, in another order"

    def call(self, node: Node, source: Shape) -> str:
        run = _run(node.attributes["index"])
        if run is not None:
            return f"{{0}}[:, {run.start}:{run.stop}]"
        return f"{{0}}[:, {list(node.attributes['index'])}]"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        return layer()(attributes["index"])


def _run(index: tuple[int, ...]) -> range | None:
    """Return the index as a range if its channels lie one after the other."""
    run = range(index[0], index[0] + len(index))
    return run if tuple(run) == index else None


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    from torch import Tensor

    from genomes.networks.layers import Layer

    class Choose(Layer):
        """Channels of (N, C, ...) by index."""

        index: Tensor

        def __init__(self, index: tuple[int, ...]) -> None:
            super().__init__()
            self.run = _run(index)
            self.register_buffer("index", torch.tensor(index), persistent=False)

        def forward(self, x: Tensor) -> Tensor:
            if self.run is not None:
                return x[:, self.run.start : self.run.stop]
            return x.index_select(1, self.index)

    return Choose


OPERATION = Choose()
