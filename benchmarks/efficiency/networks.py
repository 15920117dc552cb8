"""Small networks on digits: our own table of 2,160, with learning curves and pruning."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import evo
from benchmarks.efficiency.problem import HypervolumeShare, Objectives, Parameters, Problem
from benchmarks.tables.digits_networks import AXES, OPTIONS, PRUNINGS, DigitsNetworks

NAME = "digits-networks"
EARLY = 4
TRAININGS = 60  # the budget, in full trainings
WORDS = {f"{sparsity} from {start}": (sparsity, start) for sparsity, start in PRUNINGS}


@cache
def digits_networks(data_dir: Path) -> Problem:
    """Make the problem; the table lies beside the code, so `data_dir` is not needed."""
    table = DigitsNetworks()
    everything = table.everything()

    def evaluate(parameters: dict[str, Any], epochs: int, seed: int, state: Any) -> evo.Outcome:
        return table.evaluate(_nested(parameters), epochs, seed, state)

    def costs(parameters: dict[str, Any]) -> dict[str, float]:
        known = table.costs(_nested(parameters))
        # Here the plan always comes true, so the second objective is known, and to all methods.
        return {**known, "active_parameters": round(10.0 ** known["log_planned_parameters"])}

    return Problem(
        name=NAME,
        title=f"{NAME}: validation error against log active parameters, {TRAININGS} trainings",
        space={
            name: evo.Choice(list(WORDS) if name == "pruning" else options)
            for name, options in OPTIONS.items()
        },
        evaluate=evaluate,
        axes=AXES,
        epochs=(EARLY, table.epochs),
        budget=TRAININGS * table.epochs,
        score=HypervolumeShare.of(AXES, _objectives(everything)),
        costs=costs,
    )


def _nested(parameters: Parameters) -> dict[str, Any]:
    """Turn the one word for pruning into the table's two parameters."""
    sparsity, start = WORDS[parameters["pruning"]]
    others = {name: value for name, value in parameters.items() if name != "pruning"}
    return {**others, "final_sparsity": sparsity, "pruning_start": start}


def _objectives(table: Any) -> list[Objectives]:
    rows: list[Mapping[str, float]] = table[list(AXES.names)].to_dict("records")
    return rows
