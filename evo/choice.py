"""Which network of a run to hand over: the knee of its front, or the one that meets a demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evo.amounts import count, percent
from evo.errors import BadInput
from evo.pareto import Axes, knee

Row = Mapping[str, Any]  # of the front: `genome` and the objectives


@dataclass(frozen=True)
class Demand:
    """What is wanted of the front, at most one of the two; nothing means its knee."""

    min_accuracy: float | None = None
    max_active: int | None = None

    def __post_init__(self) -> None:
        if self.min_accuracy is not None and self.max_active is not None:
            raise BadInput("--min-accuracy and --max-active exclude each other; give one of them")
        if self.min_accuracy is not None and not 0 <= self.min_accuracy <= 1:
            raise BadInput(
                f"--min-accuracy: received {self.min_accuracy}, expected a share from 0 to 1; "
                "0.98 means 98 %"
            )
        if self.max_active is not None and self.max_active < 1:
            raise BadInput(f"--max-active: received {self.max_active}, expected at least 1")


def choose(front: Sequence[Row], demand: Demand, axes: Axes) -> Row:
    """Return the member of the front that a demand asks for; ties go to the lower id.

    `min_accuracy`: the fewest active parameters among those that reach it. `max_active`: the most
    accurate among those that keep to it. Raises `BadInput` saying what the front can do.
    """
    if not front:
        raise BadInput("the front of this run is empty so far: no network grew up")
    ordered = sorted(front, key=lambda row: str(row["genome"]))
    if demand.min_accuracy is not None:
        able = [row for row in ordered if row["accuracy"] >= demand.min_accuracy]
        if not able:
            most = max(row["accuracy"] for row in ordered)
            raise BadInput(
                f"no network of the front reaches {percent(demand.min_accuracy, 2)} on validation "
                f"data; the most accurate has {percent(most, 2)}"
            )
        return min(able, key=lambda row: (row["active_parameters"], -row["accuracy"]))
    if demand.max_active is not None:
        able = [row for row in ordered if row["active_parameters"] <= demand.max_active]
        if not able:
            least = min(row["active_parameters"] for row in ordered)
            raise BadInput(
                f"no network of the front keeps to {count(demand.max_active)} active parameters; "
                f"the smallest has {count(least)}"
            )
        return min(able, key=lambda row: (-row["accuracy"], row["active_parameters"]))
    return ordered[knee(axes.losses(ordered))]
