"""Metrics: figures of a network on a whole split. One file each under `metrics/`.

A module has TARGETS (the kinds of target it is for), DIRECTION ("max" or "min"), UNIT, LABEL,
IDEAL (the best value), SHOWN ("percent" or "number") and `value(outputs, y)`: readable outputs
(N, outputs), or what the target keeps of them, and stored targets (N, ...) of a split, to a
number. It may have PER_EXAMPLE, true where it is the share of examples that are right. Or it has
WORST_OF alone, the name of another metric: it is what that one is in the group of the metric
where it is worst. Names are written with underscores. Free of torch; scikit-learn is loaded when a
metric that needs it is computed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fitness.target import Array, Target
from genomes.genes.registry import Registry, UnknownName, suggest

METRICS = Registry("metric", "fitness.metrics")
Direction = Literal["max", "min"]
Shown = Literal["percent", "number"]


@dataclass(frozen=True)
class Metric:
    """One metric, loaded by name; `worst_of` is the one whose worst group it tells, if any."""

    name: str
    targets: tuple[str, ...]
    direction: Direction
    unit: str
    label: str
    ideal: float
    shown: Shown
    per_example: bool  # whether it is the share of examples that are right, each of them or not
    compute: Callable[[Array, Array], float]
    worst_of: Metric | None = None

    @classmethod
    def load(cls, name: str) -> Metric:
        """Load a metric; raise `UnknownName` with the nearest name if there is none."""
        try:
            module = METRICS.load(name.replace("_", "-"))
        except UnknownName:
            raise UnknownName(suggest("metric", name, metric_names())) from None
        name = name.replace("-", "_")
        if hasattr(module, "WORST_OF"):
            return cls.load(module.WORST_OF)._worst(name)
        return cls(
            name=name,
            targets=tuple(module.TARGETS),
            direction=module.DIRECTION,
            unit=module.UNIT,
            label=module.LABEL,
            ideal=module.IDEAL,
            shown=module.SHOWN,
            per_example=getattr(module, "PER_EXAMPLE", False),
            compute=module.value,
        )

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.direction == "max"

    def _worst(self, name: str) -> Metric:
        """Return the metric that is this one in the group where it is worst."""
        label = f"worst-group {self.label}"
        return replace(self, name=name, label=label, per_example=False, worst_of=self)

    @property
    def of_one_group(self) -> Metric:
        """The metric that is measured in a single group: itself, unless it tells the worst."""
        return self.worst_of or self

    def value(self, outputs: Array, y: Array, groups: Array | None = None) -> float:
        """Return the metric of readable outputs (N, outputs); NaN where outputs are not finite.

        Where it tells the worst group, `groups` (N,) are their numbers.
        """
        if self.worst_of is not None:
            if groups is None:
                raise ValueError(f"metric {self.name} needs groups; received none")
            figures = list(self.by_group(outputs, y, groups).values())
            return float(np.min(figures) if self.rises else np.max(figures))
        if not np.isfinite(outputs).all():
            return math.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that are never answered
            return float(self.compute(outputs, y))

    def by_group(self, outputs: Array, y: Array, groups: Array) -> dict[int, float]:
        """Return the metric in each group (`of_one_group`) by its number."""
        one = self.of_one_group
        members = {int(group): groups == group for group in np.unique(groups)}
        return {group: one.value(outputs[own], y[own]) for group, own in members.items()}

    def constant(
        self, target: Target, train: Array, y: Array, groups: Array | None = None
    ) -> float:
        """Return what the best constant answer to train attains on targets (N, ...)."""
        return self.value(target.repeated(target.constant(train), y), y, groups)


def metric_names(kind: str | None = None, *, with_groups: bool = True) -> list[str]:
    """List the names of all metrics, or of those for a kind of target, or that need no groups."""
    names = [name.replace("-", "_") for name in METRICS.names()]
    if kind is not None:
        names = [name for name in names if kind in Metric.load(name).targets]
    return names if with_groups else [n for n in names if Metric.load(n).worst_of is None]


def metric_for(name: str | None, target: Target) -> Metric:
    """Return the metric of this name, or the target's own; raise ValueError if it does not fit."""
    metric = Metric.load(name or target.primary)
    if target.kind not in metric.targets:
        fitting = ", ".join(metric_names(target.kind))
        raise ValueError(
            f"metric {metric.name} is for {' or '.join(metric.targets)}, but the task's targets "
            f"are {target.kind}; expected one of {fitting}"
        )
    return metric
