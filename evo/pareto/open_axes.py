"""Axes of a problem about which nothing is known: their scale is fixed by the first adults.

Where no reference point is given, it is where the worst of them lie, far outliers left out (Tukey
1977: three times the middle half's width below it); where no ideal is known, it lies as far beyond
the best as that reference lies behind it. What lies beyond a reference that nobody gave is no
worse for that. Until adults are known, juveniles stand in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from evo.pareto.dominance import LARGEST, Axes, Axis, Points
from evo.pareto.outliers import fence

LEAST_SPAN = 1e-9  # of an objective among adults, relative to its size
FURTHEST = LARGEST / 8.0  # bounds between which all differences are finite


@dataclass(frozen=True)
class AxisPlan:
    """One objective as the user states it; None is left to the first adults."""

    name: str
    direction: Literal["max", "min"]
    scale: Literal["linear", "log"] = "linear"
    reference: float | None = None
    ideal: float | None = None

    def provisional(self) -> Axis:
        """Return an axis on which 0.5, what is predicted for the unknown, is halfway."""
        worst, best = (0.25, 1.0) if self.scale == "log" else (0.0, 1.0)
        if self.direction == "min":
            worst, best = best, worst
        if self.reference is not None and self.ideal is not None:
            worst, best = self.reference, self.ideal
        return Axis(self.name, self.direction, worst, best, self.scale)

    def axis(self, values: Sequence[float]) -> Axis:
        """Return the axis that suits the values of adults."""
        reference, ideal = self.reference, self.ideal
        sign = 1.0 if self.direction == "max" else -1.0
        points = np.sort(sign * self._on_scale(np.asarray(values, dtype=np.float64)))
        points = points.clip(-FURTHEST, FURTHEST)
        worst, best = fence(points), float(points[-1])
        if reference is not None:
            worst = sign * float(self._on_scale(np.asarray(reference)))
            best = max(best, worst)
        span = best - worst
        if span <= LEAST_SPAN * max(1.0, abs(worst)):
            span = max(1.0, abs(worst))  # all are alike
        if reference is None:
            reference = self._off_scale(sign * worst)
            if ideal is not None and sign * ideal <= sign * reference:  # already ideal
                reference = self._off_scale(sign * (worst - span))
        if ideal is None:
            ideal = self._off_scale(sign * (best + span))
        return Axis(self.name, self.direction, reference, ideal, self.scale)

    def _on_scale(self, values: Any) -> Any:
        if self.scale == "linear":
            return values
        if np.min(values) <= 0:
            raise ValueError(
                f"received {np.min(values)} on a log scale, expected values above zero"
            )
        return np.log10(values)

    def _off_scale(self, point: float) -> float:
        return float(10.0**point) if self.scale == "log" else point


class OpenAxes(Axes):
    """Axes that are provisional until `settle` has seen the first adults."""

    def __init__(self, plans: Sequence[AxisPlan]) -> None:
        super().__init__(tuple(plan.provisional() for plan in plans))
        self.plans: tuple[AxisPlan, ...]
        self.settled: bool
        self._set(plans=tuple(plans), settled=False)

    def settle(self, rows: Sequence[Mapping[str, float]], *, final: bool) -> bool:
        """Fix the axes by these objectives, for good if `final` (they are adults')."""
        rows = [row for row in rows if all(plan.name in row for plan in self.plans)]
        if self.settled or not rows:
            return False
        axes = tuple(plan.axis([row[plan.name] for row in rows]) for plan in self.plans)
        self._set(axes=axes, settled=final)
        return final

    def beyond(self, signed: Points) -> npt.NDArray[np.bool_]:
        """Mark the rows that are worse than what was given as reference in any objective."""
        limits = [
            np.inf if plan.reference is None else axis.sign * plan.reference
            for plan, axis in zip(self.plans, self.axes, strict=True)
        ]
        return np.asarray((signed > limits).any(axis=1))

    def state(self) -> dict[str, Any]:
        """Return plain JSON data for `restore`."""
        bounds = [[axis.reference, axis.ideal] for axis in self.axes]
        return {"bounds": bounds, "settled": self.settled}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what `state` returned."""
        if not state:
            return
        axes = tuple(
            Axis(plan.name, plan.direction, reference, ideal, plan.scale)
            for plan, (reference, ideal) in zip(self.plans, state["bounds"], strict=True)
        )
        self._set(axes=axes, settled=state["settled"])

    def _set(self, **values: Any) -> None:
        # Frozen for everybody else: whoever holds the axes sees them settle.
        for name, value in values.items():
            object.__setattr__(self, name, value)
