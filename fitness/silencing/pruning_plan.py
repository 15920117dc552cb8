"""The pruning plan, and the epochs at which marks change. Free of torch.

Curves and criteria are extension points: a curve module has `sparsity(progress) -> float`, a
criterion module `channel_scores(probe)` and `weight_scores(probe)` (see
`fitness/activation_probe.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from genomes.chromosomes.epigenome import GROUPS
from genomes.genes.gene import Record
from genomes.genes.registry import Registry

CURVES = Registry("pruning curve", "fitness.curves")
CRITERIA = Registry("pruning criterion", "fitness.criteria")
GRANULARITIES = ("channel", "weight")
UPDATES_PER_EPOCH = 4
PLASTIC_FROM, PLASTIC_TO = 0.2, 0.6  # shares of the adult epochs between which marks may change


@dataclass(frozen=True)
class PruningPlan:
    """The pruning chromosome: `start` and `end` are shares of the adult training.

    Either `curve` or `regulation`, the genes of a network, is given, as `schedule` says.
    """

    start: float
    end: float
    final_sparsity: tuple[float, ...]
    curve: str | None
    criterion: str
    granularity: str
    regrowth: float = 0.0
    schedule: str = "curve"
    regulation: Record | None = None

    def __post_init__(self) -> None:
        if self.granularity not in GRANULARITIES:
            raise ValueError(
                f"received granularity {self.granularity!r}, expected one of "
                f"{', '.join(GRANULARITIES)}"
            )
        if not self.final_sparsity:
            raise ValueError("received no final sparsity, expected one per stage")
        needed = {"curve": self.curve, "gene-network": self.regulation}
        if needed.get(self.schedule) is None:
            raise ValueError(
                f"received schedule {self.schedule!r}, expected curve or gene-network, and the "
                "curve or regulation that it needs"
            )

    @classmethod
    def from_genes(cls, values: Record) -> PruningPlan:
        """Read the chromosome `pruning`."""
        return cls(**values)

    def silenced(self, stage: int, size: int, progress: float) -> int:
        """Return how many of `size` channels or weights are silent after this share of training.

        Stages beyond the list take its last entry; at least one always stays.
        """
        return self.driven(stage, size, progress, self._sparsity(self._share(progress)))

    def driven(self, stage: int, size: int, progress: float, drive: float) -> int:
        """Return how many are silent where something drives this share of the final sparsity."""
        if progress < self.start:
            return 0
        final = self.final_sparsity[min(stage, len(self.final_sparsity) - 1)]
        return min(size - 1, math.floor(final * drive * size + 1e-9))

    def returning(self, now: int, wanted: int, size: int, progress: float) -> int:
        """Return how many of the `now` silenced units return, where `wanted` are to be silent.

        With regrowth, a share of the silenced or of the others, whichever are fewer; it falls from
        `regrowth` at the start along half a cosine to none at the end, as in RigL (Evci et al.
        2020, https://arxiv.org/abs/1911.11134).
        """
        surplus = max(0, now - wanted)
        if not self.regrowth or not self.start <= progress < self.end:
            return surplus
        share = self.regrowth * 0.5 * (1.0 + math.cos(math.pi * self._share(progress)))
        return max(surplus, round(share * min(now, size - wanted)))

    def _share(self, progress: float) -> float:
        """Return the share of the time between start and end that has passed."""
        duration = self.end - self.start
        passed = max(0.0, progress - self.start)
        return min(1.0, passed / duration) if duration > 0 else 1.0

    @cached_property
    def _sparsity(self) -> Callable[[float], float]:
        assert self.curve is not None
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
