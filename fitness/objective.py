"""Objectives: what a finished training is measured by. One file each under `objectives/`.

A module has DIRECTION ("max" or "min"), UNIT, LABEL, SCALE ("linear" or "log"),
KNOWN_BEFORE_TRAINING, `value(outcome)`, `reference(task)` (the worst value, for hypervolume), and,
if known before training, `known(spec)`. It may have IDEAL, the best value that counts, and
BY_THE_CLOCK, for what no second training repeats to the digit: that is measured in runs alone
whose objective it is, for batches of a size of theirs. Names are written with underscores. Free of
torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fitness.data.task import Task
from genomes.genes.registry import Registry, UnknownName, suggest
from genomes.graph.spec import NetworkSpec

OBJECTIVES = Registry("objective", "fitness.objectives")


@dataclass(frozen=True)
class NetworkMeasures:
    """What objectives are computed from. Loss in nats and accuracy are those on validation data.

    `dense`, `active`, `shrunk` count parameters; `shrunk_flops` are those of one forward pass of
    one example through the physically smaller network, multiply-adds counted as two. `latency` is
    its time for a batch, in milliseconds; NaN unless it is an objective.
    """

    accuracy: float
    validation_loss: float
    dense: int
    active: int
    shrunk: int
    shrunk_flops: int
    latency: float = math.nan


@dataclass(frozen=True)
class Objective:
    """One objective, loaded by name. `reference` is for batches of one, if it is of a batch."""

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

    @classmethod
    def load(cls, name: str) -> Objective:
        """Load an objective; raise `UnknownName` with the nearest name if there is none."""
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
        )


def _usual_ideal(direction: str, scale: str) -> float:
    """Return 1 for what is maximised and for counts, else 0."""
    return 1.0 if direction == "max" or scale == "log" else 0.0


def objective_names() -> list[str]:
    """List the names of all objectives, as they are written in runs and on the command line."""
    return [name.replace("-", "_") for name in OBJECTIVES.names()]
