"""Which networks a sweep trains: final sparsities, pruning curves, replicates of the seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evo.errors import BadInput
from fitness.silencing.pruning_plan import CURVES
from genomes.genes.registry import suggest

ONE_SHOT, GENE_NETWORK = "one-shot", "gene-network"
DEFAULT_SPARSITY = "0:0.99:0.03"
DEFAULT_CURVES = ("linear", "cubic", ONE_SHOT, GENE_NETWORK)
DEFAULT_SEEDS = 5
MOST_SPARSITIES = 1000
DIGITS = 9  # of a sparsity, so that a step of 0.03 hits 0.33 and no neighbour of it
EXPECTED = (
    "expected numbers from 0 to below 1, and ranges START:STOP:STEP, separated by commas, as in "
    "0:0.9:0.1,0.95,0.98"
)


@dataclass(frozen=True)
class Grid:
    """Final sparsities in rising order without the unpruned zero, curves, and how many seeds."""

    sparsities: tuple[float, ...]
    curves: tuple[str, ...]
    seeds: int

    def __post_init__(self) -> None:
        if not self.sparsities:
            raise BadInput("received --sparsity without a number above zero: nothing is pruned")
        for sparsity in self.sparsities:
            if not 0.0 < sparsity < 1.0:
                raise BadInput(f"received --sparsity {sparsity:g}, {EXPECTED}")
        if not self.curves:
            raise BadInput(f"received no --curve, expected some of {', '.join(curve_names())}")
        for curve in self.curves:
            if curve not in curve_names():
                raise BadInput(suggest("pruning curve", curve, curve_names()))
        if self.seeds < 1:
            raise BadInput(f"received --seeds {self.seeds}, expected at least 1")

    @classmethod
    def of(cls, sparsity: str | Sequence[float], curves: Sequence[str], seeds: int) -> Grid:
        """Read what a person gave; the unpruned network is trained anyway. Raises `BadInput`."""
        given = read_sparsities(sparsity) if isinstance(sparsity, str) else sparsity
        values = sorted({round(float(value), DIGITS) for value in given} - {0.0})
        return cls(tuple(values), tuple(dict.fromkeys(curves)), seeds)

    @property
    def looks(self) -> int:
        """How often a pruned network is held against the unpruned one."""
        return len(self.sparsities) * len(self.curves)

    @property
    def trainings(self) -> int:
        """How many trainings there are, those of the unpruned network included."""
        return (self.looks + 1) * self.seeds


def curve_names() -> list[str]:
    """List the curves that a sweep knows: those of the gene, one cut, and a gene network."""
    return [*CURVES.names(), ONE_SHOT, GENE_NETWORK]


def read_sparsities(text: str) -> list[float]:
    """Read numbers and ranges as `0:0.9:0.1,0.95`; ends of ranges are included where hit."""
    found: list[float] = []
    for part in text.split(","):
        try:
            numbers = [float(number) for number in part.split(":")]
        except ValueError:
            numbers = []
        if len(numbers) not in (1, 3) or not all(map(math.isfinite, numbers)):
            raise BadInput(f"received --sparsity {part.strip()!r}, {EXPECTED}")
        found += numbers if len(numbers) == 1 else _range(part, *numbers)
    return found


def _range(part: str, start: float, stop: float, step: float) -> list[float]:
    if step <= 0.0 or stop < start or (stop - start) / step > MOST_SPARSITIES:
        raise BadInput(
            f"received --sparsity {part.strip()!r}, expected a range that rises in at most "
            f"{MOST_SPARSITIES} steps above zero"
        )
    count = math.floor((stop - start) / step + 1e-9) + 1
    return [start + step * number for number in range(count)]
