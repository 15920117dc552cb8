"""Objectives: what a finished training is measured by. One file each under `objectives/`.

Every metric is an objective too (`fitness.metric`). A module here has DIRECTION ("max" or "min"),
UNIT, LABEL, SCALE ("linear" or "log"), KNOWN_BEFORE_TRAINING, `value(outcome)`, `reference(task)`
(the worst value, for hypervolume), and, if known before training, `known(spec)`. It may have
IDEAL, the best value that counts, SHOWN ("percent" or "number"), COUNTS, true for numbers of
parameters or operations, BY_THE_CLOCK, for what no second training repeats to the digit, and
ON_REQUEST, for what takes time to measure: both are measured in runs alone whose objective they
are, the clock for batches of a size of theirs. `unsuitable(task)` says why a task cannot have it,
or "". Names are written with underscores. Free of torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from fitness.data.task import Task
from fitness.metric import METRICS, Metric, Shown, metric_for, metric_names
from genomes.genes.registry import Registry, UnknownName, suggest
from genomes.graph.spec import NetworkSpec

OBJECTIVES = Registry("objective", "fitness.objectives")


def _not_measured() -> float:
    return math.nan


@dataclass(frozen=True)
class NetworkMeasures:
    """What objectives are computed from. Metrics, by name, and loss are those on validation data.

    `dense`, `active`, `shrunk` count parameters. `spec` is the network as it was trained, without
    any mask, `shrunk_spec` the physically smaller one; `latency` is the time of the latter for a
    batch, in milliseconds; NaN unless it is an objective. `corrupted_accuracy` measures what its
    name says when it is called. `expected_flops` are those of the shrunk network as gates open on
    validation data; None without gates.
    """

    metrics: Mapping[str, float]
    validation_loss: float
    dense: int
    active: int
    shrunk: int
    shrunk_spec: NetworkSpec
    spec: NetworkSpec
    latency: float = math.nan
    expected_flops: float | None = None
    corrupted_accuracy: Callable[[], float] = _not_measured


def _suits_all(task: Task) -> str:
    return ""


@dataclass(frozen=True)
class Objective:
    """One objective, loaded by name. `reference` is for one example; see `reference_for`."""

    name: str
    direction: Literal["max", "min"]
    unit: str
    label: str
    scale: Literal["linear", "log"]
    known_before_training: bool
    value: Callable[[NetworkMeasures], float]
    reference: Callable[[Task], float]
    known: Callable[[NetworkSpec], float] | None = None
    ideal: float = 0.0
    by_the_clock: bool = False
    shown: Shown = "number"
    counts: bool = False  # whether it is a number of parameters or operations
    is_metric: bool = False
    on_request: bool = False
    unsuitable: Callable[[Task], str] = _suits_all

    @classmethod
    def load(cls, name: str) -> Objective:
        """Load an objective; raise `UnknownName` with the nearest name if there is none."""
        if name in METRICS:
            return cls.of_metric(Metric.load(name))
        try:
            module = OBJECTIVES.load(name.replace("_", "-"))
        except UnknownName:
            raise UnknownName(suggest("objective", name, objective_names())) from None
        return cls(
            name=name,
            direction=module.DIRECTION,
            unit=module.UNIT,
            label=module.LABEL,
            scale=module.SCALE,
            known_before_training=module.KNOWN_BEFORE_TRAINING,
            value=module.value,
            reference=module.reference,
            known=getattr(module, "known", None),
            ideal=getattr(module, "IDEAL", _usual_ideal(module.DIRECTION, module.SCALE)),
            by_the_clock=getattr(module, "BY_THE_CLOCK", False),
            shown=getattr(module, "SHOWN", "number"),
            counts=getattr(module, "COUNTS", False),
            on_request=getattr(module, "ON_REQUEST", False),
            unsuitable=getattr(module, "unsuitable", _suits_all),
        )

    def reference_for(self, task: Task, batch: int) -> float:
        """Return the reference where batches of so many examples are timed.

        What the clock measures is the time of a batch, which takes at most as often that of one
        example; other objectives know no batch.
        """
        return self.reference(task) * (batch if self.by_the_clock else 1)

    @classmethod
    def of_metric(cls, metric: Metric) -> Objective:
        """Return the objective that a metric on validation data is."""
        return cls(
            name=metric.name,
            direction=metric.direction,
            unit=metric.unit,
            label=f"validation {metric.label}",
            scale="linear",
            known_before_training=False,
            value=lambda measures: measures.metrics[metric.name],
            reference=lambda task: _trivial(metric, task),
            ideal=metric.ideal,
            shown=metric.shown,
            is_metric=True,
        )


def metric_for_task(name: str | None, task: Task) -> Metric:
    """Return the metric of this name, or the task's own; raise ValueError if it does not fit.

    One that tells the worst group needs groups, in each of which it can be computed.
    """
    metric = metric_for(name, task.target)
    if metric.worst_of is None:
        return metric
    if not task.group_names:
        raise ValueError(
            f"metric {metric.name} is measured in groups, and task {task.name} has none: name "
            "columns by --metric-group, give an archive the array metric_group, or in Python "
            "Split(x, y, groups=...)"
        )
    for split_name, split in (("validation", task.validation), ("test", task.test)):
        for group, group_name in enumerate(task.group_names):
            if why := task.target.unmeasurable(split.y[split.groups == group]):
                raise ValueError(
                    f"metric {metric.name} cannot be measured in group {group_name!r} of "
                    f"{split_name}: {why}. Join it to another group"
                )
    return metric


def _trivial(metric: Metric, task: Task) -> float:
    """Return the metric's value below which nobody wants a network: stated, or of one answer.

    Whoever gives the best constant answer to train heads no front.
    """
    given = task.defaults.reference
    if given is not None and metric.name == task.target.primary:
        return given
    return metric.constant(task.target, task.train.y, task.validation.y, task.validation.groups)


def _usual_ideal(direction: str, scale: str) -> float:
    """Return 1 for what is maximised and for counts, else 0."""
    return 1.0 if direction == "max" or scale == "log" else 0.0


def objective_names() -> list[str]:
    """List the names of all objectives, as they are written in runs and on the command line."""
    others = [name.replace("-", "_") for name in OBJECTIVES.names()]
    return sorted([*others, *metric_names()])
