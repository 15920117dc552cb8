"""What a user knows of a point before it is tried: whether it is feasible, and what it costs.

His code may fail for some points. Such a point is born all the same, with the costs of a typical
one, so that it is recorded as failed with the reason when it is tried.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evo.errors import BadInput
from evo.strategy import Unviable
from fitness.evaluators.user_code import BadOutcome, Costs, Feasible, call_costs, call_feasible
from genomes.genes.gene import Record, Struct
from genomes.genes.number import shown
from genomes.genes.user_space import thawed

DRAWS = 1000  # points that are drawn until one is feasible, before a search begins
TRIES = 30  # feasible points of which the costs are asked until one call succeeds


@dataclass(frozen=True)
class Knowledge:
    """A user's `feasible` and `costs`; `typical` are the costs of a point for which they work."""

    parameters: Struct
    feasible: Feasible | None = None
    costs: Costs | None = None
    objectives: Sequence[str] = ()
    typical: Mapping[str, float] = field(default_factory=dict)

    def tried(self, space: Struct, seed: int) -> Knowledge:
        """Return it with typical costs; raise `BadInput` if no point drawn is feasible.

        The same holds if the costs of no point can be computed.
        """
        rng = random.Random(f"{seed}/knowledge")
        failures: list[str] = []
        for _ in range(TRIES):
            point = self._feasible_point(space, rng)
            try:
                return replace(self, typical=self._costs(point))
            except BadOutcome as error:
                failures.append(str(error))
        raise BadInput(
            f"costs failed for each of {TRIES} feasible points drawn from the space, at last for "
            f"this reason: {failures[-1]}"
        )

    def of(self, point: Record) -> Mapping[str, float]:
        """Return what is known of a point; raise `Unviable` for an infeasible one."""
        try:
            if not self._is_feasible(point):
                raise Unviable(f"feasible is false for {dict(point)}")
            known = self._costs(point)
        except BadOutcome:
            return self.typical
        # Which objectives need no prediction is asked of one point and holds for all.
        free = {name for name in self.objectives if name in self.typical}
        if not free <= known.keys():
            return self.typical
        return {n: x for n, x in known.items() if n in free or n not in self.objectives}

    def _feasible_point(self, space: Struct, rng: random.Random) -> Record:
        point, failures = space.sample(rng), []
        for _ in range(DRAWS):
            try:
                if self._is_feasible(point):
                    return point
            except BadOutcome as error:
                failures.append(str(error))
            point = space.sample(rng)
        raised = f"; {len(failures)} times it failed: {failures[-1]}" if failures else ""
        raise BadInput(
            f"feasible is false for each of {DRAWS} points drawn from the space, the last of "
            f"which is {shown(thawed(self.parameters, point))}{raised}. Return True for what is "
            "allowed, or narrow the space to where a good part is"
        )

    def _is_feasible(self, point: Record) -> bool:
        if self.feasible is None:
            return True
        return call_feasible(self.feasible, thawed(self.parameters, point))

    def _costs(self, point: Record) -> dict[str, float]:
        """Return the costs that are finite; raise BadOutcome if the call fails."""
        if self.costs is None:
            return {}
        known = call_costs(self.costs, thawed(self.parameters, point))
        for name in self.objectives:
            if name in known and not math.isfinite(known[name]):
                raise BadOutcome(f"costs: {name} is {known[name]}, expected a finite number")
        return {name: value for name, value in known.items() if math.isfinite(value)}
