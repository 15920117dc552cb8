"""Calls of a user's code: what it raises, or returns against the rules, becomes a failure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from fitness.evaluation import Status
from genomes.genes.errors import describe_with_place
from genomes.genes.number import NoNumber, number, shown, type_name

Parameters = dict[str, Any]  # a point of the space, as user code gets it
Costs = Callable[[Parameters], Mapping[str, float]]
Feasible = Callable[[Parameters], bool]
RAISED = (Exception, SystemExit)  # what a call may raise without ending the search


class BadOutcome(ValueError):
    """A user's code returned something that cannot be used, or raised."""

    def __init__(self, reason: str, status: Status = "failed") -> None:
        super().__init__(reason)
        self.status = status


def call_costs(costs: Costs, parameters: Parameters) -> dict[str, float]:
    """Return what is known of a point without training; raise BadOutcome if the call fails."""
    try:
        given = costs(parameters)
    except KeyboardInterrupt:  # also one that is a SystemExit: SIGTERM
        raise
    except RAISED as error:
        raise BadOutcome(f"costs raised {describe_with_place(error)}") from None
    return {name: one_number(f"costs: {name}", x) for name, x in by_name("costs", given).items()}


def call_feasible(feasible: Feasible, parameters: Parameters) -> bool:
    """Return whether a point is allowed; raise BadOutcome if the call fails."""
    try:
        return bool(feasible(parameters))
    except KeyboardInterrupt:
        raise
    except RAISED as error:
        raise BadOutcome(f"feasible raised {describe_with_place(error)}") from None


def by_name(what: str, given: object) -> Mapping[str, Any]:
    """Return a mapping from names; raise BadOutcome if it is none."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        kind = type_name(given)
        raise BadOutcome(
            f"received {what} {shown(given)} of type {kind}, expected numbers by name (a dict "
            "whose keys are str)"
        )
    return given


def one_number(what: str, value: object) -> float:
    """Return one number, whatever its type; raise BadOutcome naming the type if it is none."""
    try:
        return number(value)
    except NoNumber as error:
        raise BadOutcome(f"{what} is {shown(value)}, {error}; expected one number") from None


def finite_or_none(value: object) -> float | None:
    """Return a finite number, None for anything else: what is only recorded may be anything."""
    try:
        found = number(value)
    except NoNumber:
        return None
    return found if math.isfinite(found) else None
