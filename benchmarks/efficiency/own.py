"""evo's strategies as methods: one call of `evo.search`, as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import evo
from benchmarks.efficiency.meter import Meter
from evo.strategy import is_staged


def strategy(
    name: str, settings: Mapping[str, Any], pins: Mapping[str, Any], meter: Meter, seed: int
) -> None:
    """Search with a strategy of evo; its own account of epochs has to agree with the meter's.

    A setting `overlap` is that of `evo.search`. A strategy that takes two stages at most gets the
    first and the last of a ladder.
    """
    problem, settings = meter.problem, dict(settings)
    overlap = settings.pop("overlap", 0)
    few = len(problem.epochs) < 3 or is_staged(name)
    stages = problem.epochs if few else (problem.epochs[0], problem.full)
    result = evo.search(
        problem.space,
        meter.evaluate,
        objectives={axis.name: (axis.direction, axis.scale) for axis in problem.axes.axes},
        epochs=stages,
        budget_epochs=meter.budget,
        seed=seed,
        strategy=name,
        costs=problem.costs,
        feasible=problem.feasible,
        reference=problem.reference,
        settings=settings,
        pins=pins,
        overlap=overlap,
    )
    told = result.history["epochs_spent"].iloc[-1]
    assert told == meter.spent, f"evo counts {told} epochs, the meter {meter.spent}"
