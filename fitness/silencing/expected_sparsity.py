"""What a gene network will have silenced at the end, estimated before any training. Free of torch.

Its promoters are given the signals of a typical training; the true ones are known in life only.
"""

from __future__ import annotations

import math

from fitness.silencing.regulation import LIFETIME, Regulation, Signals
from genomes.genes.gene import Record

STEPS = 16
GRADIENT = 0.75  # a norm of 1.8


def expected_sparsity(pruning: Record) -> tuple[float, ...]:
    """Return the share silenced at the end by stage, for a `pruning` chromosome with a network.

    Without regrowth what was silenced stays so: then the highest level after the start counts.
    """
    regulation = Regulation.from_genes(pruning["regulation"])
    start, end, final = pruning["start"], pruning["end"], pruning["final_sparsity"]
    levels = regulation.initial_levels()
    reached = [0.0] * len(final)
    for number in range(1, STEPS + 1):
        progress = end * number / STEPS
        levels = regulation.advanced(levels, _typical(progress), LIFETIME * end / STEPS, 1)
        if progress < start:
            continue
        driven = [regulation.drive(levels, stage) for stage in range(len(final))]
        reached = driven if pruning["regrowth"] else list(map(max, reached, driven))
    return tuple(share * drive for share, drive in zip(final, reached, strict=True))


def _typical(progress: float) -> Signals:
    """Return signals like the median of the 2,160 networks in `benchmarks/tables`, 24 epochs."""
    now, before = _loss(progress), _loss(progress - 1 / 24)
    return now, (before - now) / before, GRADIENT


def _loss(progress: float) -> float:
    return 0.15 + 0.85 * math.exp(-6.0 * max(0.0, progress))
