"""The meter: one account of epochs for all methods, whoever they are.

Equal points are paid once. A point trained further pays the epochs that are new. A method that
keeps proposing what is known is stopped as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import evo
from benchmarks.efficiency.problem import Objectives, Parameters, Problem

PROPOSALS = 10  # times as many as the budget pays for in its cheapest trainings


class BudgetSpent(BaseException):
    """Ends a method. No `Exception`, for methods catch those of the functions they call."""


@dataclass(frozen=True)
class Call:
    """A training that was paid, and the epochs spent when it was over."""

    parameters: Parameters
    epochs: int
    spent: int
    objectives: Objectives


class Meter:
    """Calls the problem's function, counts and records."""

    def __init__(self, problem: Problem, budget: int | None = None) -> None:
        self.problem = problem
        self.budget = problem.budget if budget is None else min(budget, problem.budget)
        self.calls: list[Call] = []
        self.spent = 0
        self.proposals = 0
        self._known: dict[tuple[str, int], evo.Outcome] = {}
        self._trained: dict[str, int] = {}

    def evaluate(
        self, parameters: dict[str, Any], epochs: int, seed: int = 0, checkpoint: Any = None
    ) -> evo.Outcome:
        """Train a point to `epochs` in total; raise `BudgetSpent` if that cannot be paid."""
        self._propose()
        point = json.dumps(parameters, sort_keys=True)
        if (point, epochs) in self._known:
            return self._known[point, epochs]
        price = max(0, epochs - self._trained.get(point, 0))
        if self.spent + price > self.budget:
            raise BudgetSpent
        outcome = self.problem.evaluate(parameters, epochs, seed, checkpoint)
        self.spent += price
        self._trained[point] = max(epochs, self._trained.get(point, 0))
        self._known[point, epochs] = outcome
        known: Mapping[str, float] = self.problem.costs(parameters) if self.problem.costs else {}
        objectives = {**known, **outcome.objectives}
        self.calls.append(Call(dict(parameters), epochs, self.spent, objectives))
        return outcome

    def losses(self, parameters: dict[str, Any], epochs: int | None = None) -> list[float]:
        """Return what to minimise, after a full training if no epochs are given.

        A point that is not feasible costs nothing and is as bad as the reference.
        """
        problem = self.problem
        if problem.feasible and not problem.feasible(parameters):
            self._propose()
            return problem.losses(problem.reference)
        outcome = self.evaluate(parameters, epochs or problem.full)
        known = problem.costs(parameters) if problem.costs else {}
        return problem.losses({**known, **outcome.objectives})

    def _propose(self) -> None:
        self.proposals += 1
        if self.proposals > PROPOSALS * self.budget / self.problem.epochs[0]:
            raise BudgetSpent
