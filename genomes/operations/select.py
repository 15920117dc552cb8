"""Operation `select`: a run of the raw inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape, vector


def run(x: Any, start: int, stop: int) -> Any:
    """Map (N, F) to (N, stop - start)."""
    return x[:, start:stop]


class Select(Operation):
    """Map (F,) to the features from `start` to before `stop`."""

    attributes = frozenset({"start", "stop"})
    ties = "none"
    is_remembered = False
    reads_unmasked = True
    has_fixed_channels = True
    takes_missing = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        (features,), start, stop = vector(inputs[0]), attributes["start"], attributes["stop"]
        if not (
            isinstance(start, int) and isinstance(stop, int) and 0 <= start < stop <= features
        ):
            raise ValueError(f"received features {start!r} to {stop!r} of {features}")
        return (stop - start,)

    def words(self, node: Node) -> str:
        start, stop = node.attributes["start"], node.attributes["stop"]
        return f"the inputs {start} to {stop - 1}"

    def call(self, node: Node, source: Shape) -> str:
        start, stop = node.attributes["start"], node.attributes["stop"]
        return f"{{0}}[:, {start}:{stop}]"

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.layers import Applied

        return Applied(partial(run, **attributes))


OPERATION = Select()
