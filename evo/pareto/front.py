"""The front of a run: the adults that no other adult of the whole run dominates.

Kept under the run's objectives, on validation data. Order of entry decides nothing but ties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evo.pareto.dominance import Axes, Axis, CurveMetric, hypervolume

RATIO = "active_ratio"
COLUMNS = (RATIO, "active_parameters", "shrunk_parameters", "dense_parameters", "flops")


@dataclass(frozen=True)
class Member:
    """An adult: who, born when, by which job trained, how good, and what he owes to ancestors.

    `inherited_epochs` went into the weights he began with, `inherited_share` of his parameters.
    """

    genome: str
    generation: int
    job: str
    objectives: Mapping[str, float]
    inherited_epochs: int = 0
    inherited_share: float = 0.0

    @classmethod
    def of(
        cls,
        genome: str,
        generation: int,
        job: str,
        objectives: Mapping[str, float],
        costs: Mapping[str, float],
    ) -> Member:
        """Return the member that an adult's evaluation makes."""
        epochs, share = costs.get("inherited_epochs", 0), costs.get("inherited_share", 0.0)
        return cls(genome, generation, job, objectives, int(epochs), share)


class Front:
    """Collects adults and keeps those that are not dominated."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self._ratio_axes = _ratio_axes(axes.curve_metric)
        self._members: list[Member] = []
        self._by_ratio: list[Member] = []
        self._arrived: list[Member] = []
        self._jobs: set[str] = set()

    def add(self, member: Member) -> None:
        """Enter an adult; a second genome with the same training changes nothing."""
        if member.job not in self._jobs:
            self._jobs.add(member.job)
            self._arrived.append(member)

    def members(self) -> list[Member]:
        """Return the non-dominated adults, in order of their ids."""
        self._take_up()
        return self._members

    def by_ratio(self) -> list[Member]:
        """Return the adults that none beats in the metric and active ratio alone, likewise.

        Whatever the objectives of the run; nobody, where adults have no active ratio.
        """
        self._take_up()
        return self._by_ratio

    def _take_up(self) -> None:
        if self._arrived:
            names = set(self._ratio_axes.names)
            have_ratio = [m for m in self._arrived if names <= set(m.objectives)]
            self._members = _best(self.axes, [*self._members, *self._arrived])
            self._by_ratio = _best(self._ratio_axes, [*self._by_ratio, *have_ratio])
            self._arrived = []

    def hypervolume(self) -> float:
        """Return the hypervolume of the front in [0, 1]; see `evo.pareto.dominance`."""
        return hypervolume(self.axes.losses(m.objectives for m in self.members()))

    def best(self) -> float | None:
        """Return the best value of the main objective on the front; None if that is empty."""
        members, axis = self.members(), self.axes.main
        values = [member.objectives[axis.name] for member in members]
        choose = max if axis.direction == "max" else min
        return choose(values) if values else None

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of `pareto.csv`, in order of ids; no timings but for objectives."""
        members = self.members()
        by_ratio = {member.genome for member in self.by_ratio()}
        columns = (self.axes.curve_metric.name, *COLUMNS)
        names = [n for n in columns if all(n in m.objectives for m in members)]
        names += [n for n in self.axes.names if n not in names]
        return [
            {
                "genome": member.genome,
                "generation": member.generation,
                **{name: member.objectives[name] for name in names},
                "inherited_epochs": member.inherited_epochs,
                "inherited_share": member.inherited_share,
                **({"ratio_front": member.genome in by_ratio} if by_ratio else {}),
            }
            for member in members
        ]


def _ratio_axes(metric: CurveMetric) -> Axes:
    """Return axes of a metric against the active ratio, for dominance alone."""
    best, worst = (1.0, 0.0) if metric.rises else (0.0, 1.0)  # of no account for dominance
    axis = Axis(metric.name, "max" if metric.rises else "min", worst, best)
    return Axes((axis, Axis(RATIO, "min", reference=1.0, ideal=0.0)))


def _best(axes: Axes, candidates: list[Member]) -> list[Member]:
    """Return the non-dominated, in order of their ids."""
    keep = axes.nondominated(member.objectives for member in candidates)
    kept = [member for member, stays in zip(candidates, keep, strict=True) if stays]
    return sorted(kept, key=lambda member: member.genome)
