"""What a problem is to every method: a space, a function, its objectives, and a budget of epochs.

Knows no method. A problem scores what was found by measurements of its whole space, which no
method may look at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import evo
from evo.pareto.dominance import Axes
from fitness.stages import check_stages
from genomes.genes.gene import Choice, Integer, Real

Parameters = Mapping[str, Any]
Objectives = Mapping[str, float]
FlatGene = Choice | Integer | Real


@dataclass(frozen=True)
class Problem:
    """A problem that all methods are given in the same words.

    `evaluate(parameters, epochs, seed, checkpoint)` is what `evo.search` calls. `epochs` is
    (full,), (early, full), or a ladder of more stages. The axes' references bound what counts;
    their ideals are the best of the table and no method's business. `score` rates the objectives
    of fully trained points from 0 to 1, the best there is, or, unless `best_known`, the
    unreachable ideal; `test` rates points by test data. Spaces are flat: peers know choices,
    integers and reals.
    """

    name: str
    title: str
    space: Mapping[str, FlatGene]
    evaluate: Callable[..., evo.Outcome]
    axes: Axes
    epochs: tuple[int, ...]
    budget: int
    score: Callable[[Sequence[Objectives]], float]
    costs: Callable[[dict[str, Any]], Objectives] | None = None
    feasible: Callable[[dict[str, Any]], bool] | None = None
    test: Callable[[Sequence[Parameters]], float] | None = None
    best_known: bool = True

    def __post_init__(self) -> None:
        check_stages(self.epochs)

    @property
    def full(self) -> int:
        """Epochs of a full training."""
        return self.epochs[-1]

    @property
    def population(self) -> int:
        """Individuals of the peers' populations: twenty generations fit into the budget."""
        return max(10, round(self.budget / self.full / 20))

    @property
    def reference(self) -> dict[str, float]:
        return {axis.name: axis.reference for axis in self.axes.axes}

    def losses(self, objectives: Objectives) -> list[float]:
        """Return objectives as numbers to minimise, on their scales; 1 is the reference."""
        return [axis.loss(objectives[axis.name]) for axis in self.axes.axes]


@dataclass(frozen=True)
class HypervolumeShare:
    """Rates points by their hypervolume, as a share of that of everything there is."""

    axes: Axes
    best: float

    @classmethod
    def of(cls, axes: Axes, everything: Sequence[Objectives]) -> HypervolumeShare:
        return cls(axes, axes.volume(everything))

    def __call__(self, rows: Sequence[Objectives]) -> float:
        return self.axes.volume(rows) / self.best if rows else 0.0
