"""Graph neural networks on three citation graphs: NAS-Bench-Graph (Qin et al. 2022).

Error on validation data against parameters; every training costs one epoch, and the parameters
are known before it. Isomorphic networks are different points and cost again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import evo
from benchmarks.efficiency.problem import HypervolumeShare, Objectives, Parameters, Problem
from evo.pareto.dominance import Axes, Axis

FILE = "nas_bench_graph.npz"
NAMES = ("cora", "citeseer", "pubmed")
BUDGET = 100
NODES = ("first", "second", "third", "fourth")


@cache
def graph(name: str, data_dir: Path) -> Problem:
    """Make the problem of one graph. The reference is the median accuracy, the most parameters.

    Against the worst accuracy the one network of fewest parameters, known beforehand, has nine
    tenths of the hypervolume already; and after 200 trainings good methods are hardly told apart.
    """
    history = np.load(data_dir / FILE, allow_pickle=False)
    table = history[name].astype(np.float64)  # (9, 9, 9, 9, 9, 4), NaN where nothing was measured
    links = ["".join(map(str, row)) for row in history["links"]]
    operations = [str(operation) for operation in history["operations"]]
    space = {"links": evo.Choice(links), **{node: evo.Choice(operations) for node in NODES}}

    def record(parameters: Parameters) -> Any:
        nodes = (operations.index(parameters[node]) for node in NODES)
        return table[(links.index(parameters["links"]), *nodes)]

    def evaluate(parameters: dict[str, Any], epochs: int, seed: int, _: Any) -> evo.Outcome:
        return evo.Outcome(objectives={"accuracy": float(record(parameters)[0])})

    def costs(parameters: dict[str, Any]) -> dict[str, float]:
        return {"parameters": float(record(parameters)[3])}

    def feasible(parameters: dict[str, Any]) -> bool:
        return bool(np.isfinite(record(parameters)).all())

    rows = table.reshape(-1, 4)
    rows = rows[np.isfinite(rows).all(axis=1)]
    validation, tested = _objectives(rows, 0), _objectives(rows, 1)
    axes, test_axes = _axes(validation), _axes(tested)
    share = HypervolumeShare.of(test_axes, tested)

    def test(front: Sequence[Parameters]) -> float:
        return share(_objectives(np.array([record(parameters) for parameters in front]), 1))

    return Problem(
        name=name,
        title=f"{name}: validation error against log parameters, {BUDGET} trainings",
        space=space,
        evaluate=evaluate,
        axes=axes,
        epochs=(1,),
        budget=BUDGET,
        score=HypervolumeShare.of(axes, validation),
        costs=costs,
        feasible=feasible,
        test=test,
    )


def _objectives(rows: Any, accuracy: int) -> list[Objectives]:
    """Return records (N, 4) as objectives; column 0 is validation accuracy, 1 that on test."""
    return [{"accuracy": float(row[accuracy]), "parameters": float(row[3])} for row in rows]


def _axes(rows: Sequence[Objectives]) -> Axes:
    accuracy = [row["accuracy"] for row in rows]
    parameters = [row["parameters"] for row in rows]
    return Axes((
        Axis("accuracy", "max", float(np.median(accuracy)), max(accuracy)),
        Axis("parameters", "min", max(parameters), min(parameters), "log"),
    ))  # fmt: skip
