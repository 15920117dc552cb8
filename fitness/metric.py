"""Metrics: figures of a network on a whole split. One file each under `metrics/`.

A module has TARGETS (the kinds of target it is for), DIRECTION ("max" or "min"), UNIT, LABEL,
IDEAL (the best value), SHOWN ("percent" or "number") and `value(outputs, y)`: readable outputs
(N, outputs), or what the target keeps of them, and stored targets (N, ...) of a split, to a
number. It may have PER_EXAMPLE, true where it is the share of examples that are right. Names are
written with underscores. Free of torch; scikit-learn is loaded when a metric that needs it is
computed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fitness.target import Array, Target
from genomes.genes.registry import Registry, UnknownName, suggest

METRICS = Registry("metric", "fitness.metrics")
Direction = Literal["max", "min"]
Shown = Literal["percent", "number"]


@dataclass(frozen=True)
class Metric:
    """One metric, loaded by name."""

    name: str
    targets: tuple[str, ...]
    direction: Direction
    unit: str
    label: str
    ideal: float
    shown: Shown
    per_example: bool  # whether it is the share of examples that are right, each of them or not
    compute: Callable[[Array, Array], float]

    @classmethod
    def load(cls, name: str) -> Metric:
        """Load a metric; raise `UnknownName` with the nearest name if there is none."""
        try:
            module = METRICS.load(name.replace("_", "-"))
        except UnknownName:
            raise UnknownName(suggest("metric", name, metric_names())) from None
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

    def value(self, outputs: Array, y: Array) -> float:
        """Return the metric of readable outputs (N, outputs); NaN where outputs are not finite."""
        if not np.isfinite(outputs).all():
            return math.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that are never answered
            return float(self.compute(outputs, y))

    def constant(self, target: Target, train: Array, y: Array) -> float:
        """Return what the best constant answer to train attains on targets (N, ...)."""
        return self.value(target.repeated(target.constant(train), y), y)


def metric_names(kind: str | None = None) -> list[str]:
    """List the names of all metrics, or of those for a kind of target."""
    names = [name.replace("-", "_") for name in METRICS.names()]
    return [n for n in names if kind is None or kind in Metric.load(n).targets]


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
