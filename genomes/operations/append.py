"""Operation `append`: the second input's positions behind those of the first, channel by channel.

So a class token stands before the others (Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


def appended(a: Any, b: Any, side: int, repeats: int | None = None) -> Any:
    """Join (N, C, ...) along a side; the one that `repeats` is (1, C, ...)."""
    import torch

    if repeats == 0:
        a = a.expand(b.shape[0], *a.shape[1:])
    elif repeats == 1:
        b = b.expand(a.shape[0], *b.shape[1:])
    return torch.cat((a, b), dim=2 + side)


class Append(Operation):
    """Join (C, ...) along `side`, counted without channels.

    `repeats` says which of the inputs, 0 or 1, is the same for all examples.
    """

    attributes = frozenset({"side"})
    optional = frozenset({"repeats"})
    arity = 2

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        (a, b), side = inputs, attributes["side"]
        if attributes.get("repeats", 0) not in (0, 1):
            raise ValueError(f"repeats is {attributes['repeats']!r}, expected 0 or 1")
        if type(side) is not int or not 0 <= side < len(a) - 1:
            raise ValueError(f"side is {side!r}, expected one of {a} behind the channels")
        others = [n for at, n in enumerate(a) if at != side + 1]
        if len(b) != len(a) or [n for at, n in enumerate(b) if at != side + 1] != others:
            raise ValueError(f"received shapes {a} and {b}, expected equal ones but for a side")
        return tuple(n + b[at] * (at == side + 1) for at, n in enumerate(a))

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def is_channelwise(self, attributes: Record) -> bool:
        return True

    def words(self, node: Node) -> str:
        return "append positions"

    def call(self, node: Node, source: Shape) -> str:
        parts, repeats = ["{0}", "{1}"], node.attributes.get("repeats")
        if repeats is not None:
            kept = ", ".join("-1" for _ in node.shape)
            parts[repeats] += f".expand({parts[1 - repeats]}.shape[0], {kept})"
        return f"torch.cat(({parts[0]}, {parts[1]}), dim={2 + node.attributes['side']})"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(appended, **attributes))


OPERATION = Append()
