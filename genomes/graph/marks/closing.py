"""What holds for operations that close channels of their first input by marks of the second."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.marks.runs import open_channels, shrunk_runs, spoken_for
from genomes.graph.masks import Flags, Kept, MaskedNode
from genomes.graph.operation import Operation
from genomes.graph.shapes import Shape


class Closing(Operation):
    """Multiply each channel by its mark; `runs` says how many channels each mark speaks for."""

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        return True

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        return attributes.replacing(runs=shrunk_runs(attributes["runs"], kept))

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return inputs[0] & open_channels(at)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """A gate is asked before its channels are closed."""
        asked = self.asked(at.node.attributes, matters & carried[0])
        return [matters & open_channels(at), asked]

    def asked(self, attributes: Record, kept: Flags) -> Flags:
        return spoken_for(attributes["runs"], kept)

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Close nothing: at birth all gates are open."""
        return inputs[0]
