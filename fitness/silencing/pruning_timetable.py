"""The timetable of a network's pruning: how much of what is due when, and what returns.

Counts only; which units they are is decided in `fitness.silencing.pruning`. Free of torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fitness.silencing.pruning_plan import PruningPlan
from fitness.silencing.regulation import Regulation
from fitness.silencing.regulator import Regulator


class Due(NamedTuple):
    """How many units of a site or node are to be silent, and how many of the silent return."""

    silenced: int
    back: int


class PruningTimetable:
    """A plan applied to sites or nodes of known `sizes` and `stages`, over one life.

    Without regrowth what is silenced stays so: the counts never fall, whatever the schedule says.
    """

    def __init__(
        self,
        plan: PruningPlan,
        sizes: Mapping[str, int],
        stages: Mapping[str, int],
        guess: float,
        adult_epochs: int,
    ) -> None:
        self.plan, self.sizes, self.stages = plan, sizes, stages
        self.adult_epochs = adult_epochs
        self.regulator = (
            Regulator(Regulation.from_genes(plan.regulation), guess, adult_epochs)
            if plan.regulation is not None
            else None
        )
        self.epoch, self.regrown = 0, 0  # how many have returned in this epoch

    def due(self, progress: float, silenced: Mapping[str, int]) -> dict[str, Due]:
        """Return what has to change after this share of training, given what is silent now."""
        self._enter(math.ceil(progress * self.adult_epochs - 1e-6))
        if self.regulator is not None:
            self.regulator.advance(progress)
        due = {}
        for name, now in silenced.items():
            wanted = self._wanted(name, now, progress)
            returning = self.plan.returning(now, wanted, self.sizes[name], progress)
            if wanted != now or returning:
                due[name] = Due(wanted, returning)
                self.regrown += returning
        return due

    def sense(self, train_loss: float, gradient_norm: float) -> None:
        """Let the gene network, if there is one, take in the figures of a finished epoch."""
        if self.regulator is not None:
            self.regulator.sense(train_loss, gradient_norm)

    def traces(self, silenced: Mapping[str, int]) -> dict[str, float]:
        """Return sparsity by stage, expression by gene and what has returned in the epoch.

        Nothing for plans that never silence anything.
        """
        if not any(self.plan.final_sparsity):
            return {}
        off = dict.fromkeys(sorted(set(self.stages.values())), 0)
        size = dict(off)
        for name, stage in self.stages.items():
            off[stage] += silenced[name]
            size[stage] += self.sizes[name]
        traces = {f"sparsity.{stage}": off[stage] / size[stage] for stage in off}
        if self.regulator is not None:
            levels = enumerate(self.regulator.levels)
            traces |= {f"expression.{gene}": level for gene, level in levels}
        if self.plan.regrowth:
            traces["regrown"] = float(self.regrown)
        return traces

    def state(self) -> tuple[float, ...]:
        """Return what a checkpoint needs; nothing without a gene network."""
        return () if self.regulator is None else self.regulator.state()

    def load(self, state: Sequence[float]) -> None:
        """Go on from what `state` returned."""
        if self.regulator is not None:
            self.regulator.load(state)

    def _enter(self, epoch: int) -> None:
        if epoch != self.epoch:
            self.epoch, self.regrown = epoch, 0

    def _wanted(self, name: str, now: int, progress: float) -> int:
        stage, size = self.stages[name], self.sizes[name]
        if self.regulator is None:
            wanted = self.plan.silenced(stage, size, progress)
        elif progress > self.plan.end:  # what is left recovers, as with curves
            wanted = now
        else:
            wanted = self.plan.driven(stage, size, progress, self.regulator.drive(stage))
        return wanted if self.plan.regrowth else max(now, wanted)
