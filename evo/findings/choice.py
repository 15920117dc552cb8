"""Which network of a run to hand over, by what its front was measured to be.

The default is the smallest that is not worse than the best in the run's metric by more than one
standard error (Breiman et al. 1984, "Classification and Regression Trees"). Test data decide
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, get_args

from evo.errors import BadInput
from evo.pareto.dominance import Axes, knee, worthy
from evo.pareto.statistics import standard_error
from evo.record.remeasured import Remeasured, remeasurements, split_size
from evo.record.store import Store
from fitness.metric import Metric

Row = Mapping[str, Any]  # of the front: `genome`, the objectives and what was measured at the end
Role = Literal["default", "best", "compromise"]
ROLES: tuple[Role, ...] = get_args(Role)


class Directed(Protocol):
    """A figure by its name, and whether more of it is better: a metric, or what curves show."""

    @property
    def name(self) -> str: ...
    @property
    def rises(self) -> bool: ...


def signed(metric: Directed, value: float) -> float:
    """Return a value of the metric, negated where more is better: then less is."""
    return -value if metric.rises else value


def by_merit(metric: Directed) -> Callable[[Row], tuple[float, float, str]]:
    """Return a key that sorts a front by the metric, the best first, then by size and id."""

    def key(row: Row) -> tuple[float, float, str]:
        active = row.get("active_parameters", 0.0)
        return signed(metric, row[metric.name]), active, str(row["genome"])

    return key


@dataclass(frozen=True)
class Measured:
    """What a record knows of the metric: on validation data, of so many examples, and anew.

    `remeasured` has, by genome, what trainings on folds reached; `validation_examples` are 0 if
    their number is unknown.
    """

    metric: Metric
    validation_examples: int = 0
    remeasured: Mapping[str, Remeasured] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, metric: Metric) -> Measured:
        """Read it from a record."""
        return cls(metric, split_size(store, "validation"), remeasurements(store))

    def examples(self, row: Row) -> int:
        """Return on how many examples a member was measured anew."""
        again = self.remeasured.get(row["genome"])
        return again.examples if again else 0

    def signed(self, row: Row) -> float:
        """Return the metric of a member so that less is better: anew if measured, else as was."""
        again = self.remeasured.get(row["genome"])
        return signed(self.metric, again.value if again else row[self.metric.name])

    def standard_error(self, row: Row) -> float:
        """Return that of a member's metric; 0 where nothing tells it."""
        if again := self.remeasured.get(row["genome"]):
            error = again.standard_error(self.metric)
            return error if math.isfinite(error) else 0.0
        if self.metric.per_example and self.validation_examples:
            return standard_error(row[self.metric.name], self.validation_examples)
        return 0.0


class Limit(NamedTuple):
    """An option that bounds a figure of a network from above: its column, and what it counts."""

    option: str
    column: str
    unit: str


BYTES = 4  # of a parameter in a float32 file
LIMITS = {
    "max_active": Limit("--max-active", "active_parameters", "active parameters"),
    "max_flops": Limit("--max-flops", "flops", "FLOPs"),
    "max_bytes": Limit("--max-bytes", "bytes", "bytes of weights"),
    "max_latency_ms": Limit("--max-latency-ms", "latency", "ms"),
}


@dataclass(frozen=True)
class Demand:
    """Which member of the front is wanted: a role, or what it has to reach, within limits.

    `reach` bounds the run's metric, whichever it is; `min_accuracy` does where it is accuracy.
    Limits may be several; bytes are those of the exported weights.
    """

    min_accuracy: float | None = None
    max_active: float | None = None
    role: Role | None = None
    reach: float | None = None
    max_flops: float | None = None
    max_bytes: float | None = None
    max_latency_ms: float | None = None

    def __post_init__(self) -> None:
        given = (self.min_accuracy, self.role, self.reach)
        if sum(value is not None for value in given) > 1:
            raise BadInput(
                "--choose, --reach and --min-accuracy exclude each other; give one of them"
            )
        if self.role is not None and self.role not in ROLES:
            raise BadInput(f"--choose: received {self.role}, expected one of {', '.join(ROLES)}")
        if self.min_accuracy is not None and not 0 <= self.min_accuracy <= 1:
            raise BadInput(
                f"--min-accuracy: received {self.min_accuracy}, expected a share from 0 to 1; "
                "0.98 means 98 %"
            )
        for limit, most in self.limits.items():
            if not most > 0:
                raise BadInput(f"{limit.option}: received {most:g}, expected a number above 0")
        if self.reach is not None and not math.isfinite(self.reach):
            raise BadInput(f"--reach: received {self.reach}, expected a finite number")

    @property
    def limits(self) -> dict[Limit, float]:
        """The limits that are given."""
        given = ((limit, getattr(self, name)) for name, limit in LIMITS.items())
        return {limit: most for limit, most in given if most is not None}

    def bound(self, metric: Metric) -> float | None:
        """Return what the metric has to reach, if anything; raise `BadInput` if it cannot be."""
        if self.min_accuracy is not None and metric.name != ACCURACY:
            raise BadInput(
                f"--min-accuracy: the metric of this run is {metric.label}, not accuracy; give "
                "--reach VALUE, which takes any metric"
            )
        if self.reach is not None and metric.shown == "percent" and not 0 <= self.reach <= 1:
            raise BadInput(
                f"--reach: received {self.reach:g}, but {metric.label} is a share from 0 to 1; "
                "0.98 means 98 %"
            )
        return self.min_accuracy if self.reach is None else self.reach


ACCURACY = "accuracy"  # the metric that --min-accuracy is about


def choose(front: Sequence[Row], demand: Demand, axes: Axes, measured: Measured) -> Row:
    """Return the member of the front that a demand asks for; ties go to the lower id.

    Limits leave some members. Of these: with a role, that one; with `reach` or `min_accuracy`, the
    fewest active parameters among those that are at least as good on validation data; else the
    best on validation data if there are limits, and the default if there are none. Raises
    `BadInput` saying what the front can do.
    """
    if not front:
        raise BadInput("the front of this run is empty so far: no network has been fully trained")
    bound = demand.bound(measured.metric)
    ordered = sorted(_within(front, demand.limits), key=by_merit(measured.metric))
    if bound is not None:
        return _reaching(ordered, measured.metric, bound)
    if demand.limits and demand.role is None:
        return ordered[0]
    return roles(ordered, axes, measured)[demand.role or "default"]


def _reaching(ordered: Sequence[Row], metric: Metric, bound: float) -> Row:
    """Return the smallest of a front, ordered by merit, whose metric is as good as a bound."""
    least = signed(metric, bound)
    able = [row for row in ordered if signed(metric, row[metric.name]) <= least]
    if not able:
        raise BadInput(
            f"no network of the front reaches {metric.label} {bound:g} on validation data; the "
            f"best has {ordered[0][metric.name]:.6g}"
        )
    return min(able, key=lambda row: row["active_parameters"])


def _within(front: Sequence[Row], limits: Mapping[Limit, float]) -> Sequence[Row]:
    """Return those that keep to all limits; raise `BadInput` where nobody does."""
    able = list(front)
    for limit, most in limits.items():
        kept = [row for row in able if _figure(row, limit) <= most]
        if not kept:
            among = "of the front" if len(able) == len(front) else "that keeps to the other limits"
            least = min(_figure(row, limit) for row in able)
            raise BadInput(
                f"no network {among} keeps to {most:,.12g} {limit.unit}; the smallest has "
                f"{least:,.12g}"
            )
        able = kept
    return able


def _figure(row: Row, limit: Limit) -> float:
    """Return what a limit bounds of a member; raise `BadInput` if the run did not measure it."""
    if limit.column == "bytes":
        return BYTES * float(row["shrunk_parameters"])
    if row.get(limit.column) is None:
        raise BadInput(
            f"{limit.option}: this run did not measure {limit.column}; name it in --objectives of "
            "a run, or choose by another limit"
        )
    return float(row[limit.column])


def roles(front: Sequence[Row], axes: Axes, measured: Measured) -> dict[Role, Row]:
    """Return the default, the best and the compromise of a front that is not empty.

    Where members were measured again, on examples that selected none, that counts, of those that
    were measured on most. Else it is the metric on validation data: of shares of so many examples
    the standard error is known, of other metrics none, and then nobody is known to be as good as
    the best. The compromise is the knee of the front. Members beyond the reference are left out.
    """
    ordered = sorted(front, key=lambda row: str(row["genome"]))
    ordered = [ordered[i] for i in worthy(axes.losses(ordered))]
    most = max(measured.examples(row) for row in ordered)
    compared = [row for row in ordered if measured.examples(row) == most]
    best = min(compared, key=lambda row: (measured.signed(row), row["active_parameters"]))
    least = measured.signed(best) + measured.standard_error(best)
    as_good = [row for row in compared if measured.signed(row) <= least]
    default = min(as_good, key=lambda row: (row["active_parameters"], measured.signed(row)))
    return {"default": default, "best": best, "compromise": ordered[knee(axes.losses(ordered))]}
