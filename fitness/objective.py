"""Objectives: what a finished training is judged by. One file each under `objectives/`.

A module has DIRECTION ("max" or "min"), UNIT, LABEL, SCALE ("linear" or "log"),
KNOWN_BEFORE_TRAINING, `value(outcome)`, `reference(task)` (the worst value, for hypervolume), and,
if known before training, `known(spec)`. Names are written with underscores. Free of torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fitness.task import Task
from genomes.registry import Registry, UnknownName, suggest
from genomes.spec import NetworkSpec

OBJECTIVES = Registry("objective", "fitness.objectives")


@dataclass(frozen=True)
class Outcome:
    """What objectives are computed from. Loss in nats and accuracy are those on validation data.

    `dense`, `active`, `shrunk` count parameters; `shrunk_flops` are those of one forward pass of
    one example through the physically smaller network, multiply-adds counted as two.
    """

    accuracy: float
    validation_loss: float
    dense: int
    active: int
    shrunk: int
    shrunk_flops: int


@dataclass(frozen=True)
class Objective:
    """One objective, loaded by name."""

    name: str
    direction: Literal["max", "min"]
    unit: str
    label: str
    scale: Literal["linear", "log"]
    known_before_training: bool
    value: Callable[[Outcome], float]
    reference: Callable[[Task], float]
    known: Callable[[NetworkSpec], float] | None = None

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
        )


def objective_names() -> list[str]:
    """List the names of all objectives, as they are written in runs and on the command line."""
    return [name.replace("-", "_") for name in OBJECTIVES.names()]
