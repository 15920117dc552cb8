"""Cells of NAS-Bench-201 at two fidelities (Dong & Yang 2020): error against log parameters.

Twelve epochs show a validation accuracy, two hundred the test accuracy that counts. Parameters
follow from the cell; `cells-told` gives them to the methods before any training, `cells` does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import evo
from benchmarks.efficiency.problem import HypervolumeShare, Problem
from evo.pareto.dominance import Axes, Axis

FILE = "nb201_two_fidelity.npz"
NAMES: Mapping[str, bool] = {"cells": False, "cells-told": True}  # whether parameters are told
EARLY, FULL = 12, 200
BUDGET = 40_000
WORST_ERROR = 0.2  # what is worse counts as this
OPERATIONS = ("none", "skip", "conv1x1", "conv3x3", "average")
EDGES = ("edge01", "edge02", "edge12", "edge03", "edge13", "edge23")
WEIGHTS = 5 ** np.arange(len(EDGES))


@cache
def cells(name: str, data_dir: Path) -> Problem:
    """Make the problem; the reference is an error of .2 and 5 % beyond the most parameters."""
    table = np.load(data_dir / FILE, allow_pickle=False)
    rows = {int(cell @ WEIGHTS): i for i, cell in enumerate(table["cells"].astype(np.int64))}
    low, full = (1.0 - _shares(table[key]) for key in ("low", "full"))
    parameters = table["parameters"].astype(np.float64)

    def row(point: Mapping[str, Any]) -> int:
        cell = np.array([OPERATIONS.index(point[edge]) for edge in EDGES])
        return rows[int(cell @ WEIGHTS)]

    def evaluate(point: dict[str, Any], epochs: int, seed: int, _: Any) -> evo.Outcome:
        i = row(point)
        error = float(min((full if epochs == FULL else low)[i], WORST_ERROR))
        known = {} if NAMES[name] else {"parameters": float(parameters[i])}
        return evo.Outcome(
            objectives={"error": error, **known},
            curve=[float(low[i])] * min(epochs, EARLY),
            checkpoint={"epoch": epochs},
        )

    def costs(point: dict[str, Any]) -> dict[str, float]:
        return {"parameters": float(parameters[row(point)])}

    objectives = [
        {"error": float(min(e, WORST_ERROR)), "parameters": float(p)}
        for e, p in zip(full, parameters, strict=True)
    ]
    span = float(np.log(parameters.max() / parameters.min()))
    axes = Axes((
        Axis("error", "min", WORST_ERROR, 0.0),
        Axis("parameters", "min", float(parameters.min() * np.exp(1.05 * span)),
             float(parameters.min()), "log"),
    ))  # fmt: skip
    told = "told" if NAMES[name] else "not told"
    return Problem(
        name=name,
        title=f"{name}: error against log parameters ({told}), {BUDGET:,} epochs",
        space={edge: evo.Choice(OPERATIONS) for edge in EDGES},
        evaluate=evaluate,
        axes=axes,
        epochs=(EARLY, FULL),
        budget=BUDGET,
        score=HypervolumeShare.of(axes, objectives),
        costs=costs if NAMES[name] else None,
    )


def _shares(accuracy: Any) -> Any:
    """Return accuracies as shares of 1, whatever the table keeps."""
    values = np.asarray(accuracy, dtype=np.float64)
    return values / 100.0 if values.max() > 1.0 else values
