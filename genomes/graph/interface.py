"""Interface: what a network has to fit, whatever is between its ends."""

from __future__ import annotations

from dataclasses import dataclass

from genomes.graph.given.network import GivenNetwork
from genomes.graph.normalization import Normalization
from genomes.graph.shapes import Shape, check_inputs
from genomes.graph.table_inputs import TableInputs


@dataclass(frozen=True)
class Interface:
    """The shape of the inputs, the width of the head, how the raw inputs are normalised, if so.

    Inputs that are the rows of a `table` may lack numbers and hold codes of categories: families
    that take such prepare them by what it knows.
    Inputs may be `tokens` (length,), whole numbers below this. With `per_position` an answer is
    wanted for each position: (outputs, length). `given` is a network that fits already.
    """

    input_shape: Shape
    outputs: int
    normalization: Normalization | None = None
    table: TableInputs | None = None
    tokens: int | None = None
    per_position: bool = False
    given: GivenNetwork | None = None

    def __post_init__(self) -> None:
        check_inputs(self.input_shape)
        if self.outputs < 1:
            raise ValueError(f"received {self.outputs} outputs, expected at least 1")
        if self.table is not None and self.input_shape != (self.table.width,):
            raise ValueError(
                f"received input shape {self.input_shape} for {self.table.width} columns"
            )
