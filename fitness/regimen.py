"""How a network is trained beyond what its genes say: averaged weights, teachers.

A plain value that travels with a job; free of torch. A search trains without either.
"""

from __future__ import annotations

from dataclasses import dataclass

from genomes.genes.registry import suggest

NONE = "none"
AVERAGES = (NONE, "ema", "swa")


@dataclass(frozen=True)
class Regimen:
    """What is handed over: the last weights, or an average of `fitness.training.averaging`."""

    average: str = NONE

    def __post_init__(self) -> None:
        if self.average not in AVERAGES:
            raise ValueError(suggest("average of weights", self.average, AVERAGES))

    @property
    def identity(self) -> str:
        """What the key of a training says of it; empty where nothing is beyond the genes."""
        return "" if self.average == NONE else f" average {self.average}"


PLAIN = Regimen()
