"""Interface: what a network has to fit, whatever is between its ends."""

from __future__ import annotations

from dataclasses import dataclass

from genomes.graph.normalization import Normalization
from genomes.graph.shapes import Shape, check_inputs


@dataclass(frozen=True)
class Interface:
    """The shape of the inputs, the width of the head, how the raw inputs are normalised, if so."""

    input_shape: Shape
    outputs: int
    normalization: Normalization | None = None

    def __post_init__(self) -> None:
        check_inputs(self.input_shape)
        if self.outputs < 1:
            raise ValueError(f"received {self.outputs} outputs, expected at least 1")
