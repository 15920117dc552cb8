"""What is silenced when: the pruning plan, and the timetable of epigenetic change. Free of torch.

Curves and criteria are extension points: a curve module has `sparsity(progress) -> float`, a
criterion module `channel_scores(probe)` and `weight_scores(probe)` (see `fitness/probe.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from genomes.epigenome import GROUPS
from genomes.gene import Record
from genomes.registry import Registry

CURVES = Registry("pruning curve", "fitness.curves")
CRITERIA = Registry("pruning criterion", "fitness.criteria")
GRANULARITIES = ("channel", "weight")
UPDATES_PER_EPOCH = 4
PLASTIC_FROM, PLASTIC_TO = 0.2, 0.6  # shares of the adult epochs between which marks may change


@dataclass(frozen=True)
class PruningPlan:
    """The pruning chromosome: `start` and `end` are shares of the adult training."""

    start: float
    end: float
    final_sparsity: tuple[float, ...]
    curve: str
    criterion: str
    granularity: str

    def __post_init__(self) -> None:
        if self.granularity not in GRANULARITIES:
            raise ValueError(
                f"received granularity {self.granularity!r}, expected one of "
                f"{', '.join(GRANULARITIES)}"
            )
        if not self.final_sparsity:
            raise ValueError("received no final sparsity, expected one per stage")

    @classmethod
    def from_genes(cls, values: Record) -> PruningPlan:
        """Read the chromosome `pruning`."""
        return cls(**values)

    def silenced(self, stage: int, size: int, progress: float) -> int:
        """Return how many of `size` channels or weights are silent after this share of training.

        Stages beyond the list take its last entry; at least one always stays.
        """
        if progress < self.start:
            return 0
        duration = self.end - self.start
        share = min(1.0, (progress - self.start) / duration) if duration > 0 else 1.0
        final = self.final_sparsity[min(stage, len(self.final_sparsity) - 1)]
        sparsity = final * self._sparsity(share)
        return min(size - 1, math.floor(sparsity * size + 1e-9))

    @cached_property
    def _sparsity(self) -> Callable[[float], float]:
        curve: Callable[[float], float] = CURVES.load(self.curve).sparsity
        return curve


def update_steps(steps: int) -> tuple[int, ...]:
    """Return after which of an epoch's `steps` the masks are brought up to date, the last always.

    Fixed points, at most four an epoch: a criterion costs a pass over a batch.
    """
    quarters = range(1, UPDATES_PER_EPOCH + 1)
    return tuple(sorted({math.ceil(steps * k / UPDATES_PER_EPOCH) for k in quarters}))


def changes_at(epoch: int, adult_epochs: int, plasticity: float) -> int:
    """Return how many marks per stage may change after this epoch (counted from one).

    A life's `round(plasticity * 8)` changes are spread evenly over the plastic epochs.
    """
    first = math.ceil(PLASTIC_FROM * adult_epochs - 1e-9)
    last = math.floor(PLASTIC_TO * adult_epochs + 1e-9)
    first = max(1, first)
    if not first <= epoch <= last:
        return 0
    total, count, position = round(plasticity * GROUPS), last - first + 1, epoch - first
    return total * (position + 1) // count - total * position // count
