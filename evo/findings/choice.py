"""Which network of a run to hand over, by what its front was measured to be.

The default is the smallest that is not worse than the most accurate by more than one standard
error (Breiman et al. 1984, "Classification and Regression Trees"). Test data decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from evo.errors import BadInput
from evo.pareto.dominance import Axes, knee, worthy
from evo.pareto.statistics import standard_error
from evo.text.amounts import count, percent

Row = Mapping[str, Any]  # of the front: `genome`, the objectives and what was measured at the end
Role = Literal["default", "best", "compromise"]
ROLES: tuple[Role, ...] = get_args(Role)


def by_merit(row: Row) -> tuple[float, float, str]:
    """Return what to sort a front by: the most accurate first, then the smallest."""
    return -row.get("accuracy", 0.0), row.get("active_parameters", 0.0), str(row["genome"])


@dataclass(frozen=True)
class Demand:
    """Which member of the front is wanted: a role, unless one of the two bounds is given."""

    min_accuracy: float | None = None
    max_active: int | None = None
    role: Role | None = None

    def __post_init__(self) -> None:
        given = (self.min_accuracy, self.max_active, self.role)
        if sum(value is not None for value in given) > 1:
            raise BadInput(
                "--choose, --min-accuracy and --max-active exclude each other; give one of them"
            )
        if self.role is not None and self.role not in ROLES:
            raise BadInput(f"--choose: received {self.role}, expected one of {', '.join(ROLES)}")
        if self.min_accuracy is not None and not 0 <= self.min_accuracy <= 1:
            raise BadInput(
                f"--min-accuracy: received {self.min_accuracy}, expected a share from 0 to 1; "
                "0.98 means 98 %"
            )
        if self.max_active is not None and self.max_active < 1:
            raise BadInput(f"--max-active: received {self.max_active}, expected at least 1")


def choose(front: Sequence[Row], demand: Demand, axes: Axes, validation_examples: int = 0) -> Row:
    """Return the member of the front that a demand asks for; ties go to the lower id.

    `min_accuracy`: the fewest active parameters among those that reach it. `max_active`: the most
    accurate among those that keep to it. Raises `BadInput` saying what the front can do.
    """
    if not front:
        raise BadInput("the front of this run is empty so far: no network has been fully trained")
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
    return roles(front, axes, validation_examples)[demand.role or "default"]


def roles(front: Sequence[Row], axes: Axes, validation_examples: int = 0) -> dict[Role, Row]:
    """Return the default, the most accurate and the compromise of a front that is not empty.

    Where members were measured again, on examples that selected none, that accuracy counts, of
    those that were measured on most. Else it is the one on validation data, of so many examples
    (of 0, none is known to be as good as the most accurate). The compromise is the knee of the
    front. Members beyond the reference are left out.
    """
    ordered = sorted(front, key=lambda row: str(row["genome"]))
    ordered = [ordered[i] for i in worthy(axes.losses(ordered))]
    most = max(_examples(row) for row in ordered)
    measured = [row for row in ordered if _examples(row) == most]
    best = min(measured, key=lambda row: (-_accuracy(row), row["active_parameters"]))
    examples = most or validation_examples
    error = standard_error(_accuracy(best), examples) if examples else 0.0
    as_good = [row for row in measured if _accuracy(row) >= _accuracy(best) - error]
    default = min(as_good, key=lambda row: (row["active_parameters"], -_accuracy(row)))
    return {"default": default, "best": best, "compromise": ordered[knee(axes.losses(ordered))]}


def _examples(row: Row) -> int:
    return row.get("remeasured_examples") or 0


def _accuracy(row: Row) -> float:
    again = row.get("remeasured_accuracy")
    return float(row["accuracy"] if again is None else again)
