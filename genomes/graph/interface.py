"""Interface: what a network has to fit, whatever is between its ends."""

from __future__ import annotations

from dataclasses import dataclass

from genomes.graph.normalization import Normalization
from genomes.graph.shapes import Shape


@dataclass(frozen=True)
class Interface:
    """The shape of the inputs, the width of the head, how the raw inputs are normalised, if so."""

    input_shape: Shape
    outputs: int
    normalization: Normalization | None = None

    def __post_init__(self) -> None:
        if len(self.input_shape) not in (1, 3) or min(self.input_shape) < 1:
            raise ValueError(
                f"received input shape {self.input_shape}, expected (channels, height, width) or "
                "(features,), all at least 1"
            )
        if self.outputs < 1:
            raise ValueError(f"received {self.outputs} outputs, expected at least 1")
