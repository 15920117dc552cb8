"""Operation `concatenate`: the first input's channels, then the second's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from genomes.genes.gene import Record
from genomes.graph.masks import Flags, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


def joined(a: Any, b: Any, axis: int, repeats: int | None = None) -> Any:
    """Join (N, C, ...) along an axis; the one that `repeats` is (1, C, ...)."""
    import torch

    if repeats == 0:
        a = a.expand(b.shape[0], *a.shape[1:])
    elif repeats == 1:
        b = b.expand(a.shape[0], *b.shape[1:])
    return torch.cat((a, b), dim=axis)


def joined_source(axis: int, dimensions: int, repeats: int | None) -> str:
    """Write the same for `{0}` and `{1}`, without the batch of so many dimensions."""
    parts = ["{0}", "{1}"]
    if repeats is not None:
        kept = ", -1" * dimensions
        parts[repeats] += f".expand({parts[1 - repeats]}.shape[0]{kept})"
    return f"torch.cat(({parts[0]}, {parts[1]}), dim={axis})"


def check_repeats(attributes: Record) -> None:
    """Raise ValueError unless `repeats`, if it is given, is an input."""
    if attributes.get("repeats", 0) not in (0, 1):
        raise ValueError(f"repeats is {attributes['repeats']!r}, expected 0 or 1")


class Concatenate(Operation):
    """Map (C, ...) and (D, ...) to (C + D, ...).

    `repeats` says which of the inputs, 0 or 1, is the same for all examples.
    """

    optional = frozenset({"repeats"})
    arity = 2
    ties = "parts"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        check_repeats(attributes)
        a, b = inputs
        if len(a) != len(b) or a[1:] != b[1:]:
            raise ValueError(f"received shapes {a} and {b}, expected equal ones but for channels")
        return (a[0] + b[0], *a[1:])

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return np.concatenate(inputs)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        first = at.sources[0][0]
        return [matters[:first], matters[first:]]

    def call(self, node: Node, source: Shape) -> str:
        return joined_source(1, len(node.shape), node.attributes.get("repeats"))

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(joined, axis=1, **attributes))


OPERATION = Concatenate()
