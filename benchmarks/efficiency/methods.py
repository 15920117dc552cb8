"""The methods by name. Peers are imported on use: whoever lacks one can do without it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.efficiency.meter import Meter
from benchmarks.efficiency.own import strategy
from benchmarks.efficiency.problem import Problem

Search = Callable[[Meter, int], None]
OURS = "gendered"
RIVAL = "ridge"


@dataclass(frozen=True)
class Method:
    """A method: how to search with a meter and a seed until the meter ends it.

    `trainings` and `seeds` limit one that is too slow for more. `halves` means that it does
    nothing of its own with a single fidelity.
    """

    search: Search
    halves: bool = False
    trainings: int | None = None
    seeds: int | None = None

    def suits(self, problem: Problem, seed: int) -> bool:
        fidelities = len(problem.epochs) > 1 or not self.halves
        return fidelities and (self.seeds is None or seed < self.seeds)

    def budget(self, problem: Problem) -> int:
        """Return the epochs that it may spend."""
        if self.trainings is None:
            return problem.budget
        return min(problem.budget, self.trainings * problem.full)


def _own(
    name: str, halves: bool = False, pins: Mapping[str, Any] | None = None, **settings: Any
) -> Method:
    return Method(partial(strategy, name, settings, pins or {}), halves)


def _peer(module: str, name: str) -> Search:
    def search(meter: Meter, seed: int) -> None:
        peer = importlib.import_module(f"benchmarks.efficiency.{module}")
        getattr(peer, name)(meter, seed)

    return search


METHODS = {
    OURS: _own("gendered"),
    "nsga2": _own("nsga2"),
    "regularized": _own("regularized"),
    "local": _own("local"),
    "successive-halving": _own("successive-halving", halves=True),
    "random": _own("random"),
    RIVAL: Method(_peer("ridge", "ridge")),
    "optuna-nsga2": Method(_peer("peer_optuna", "nsga2")),
    "optuna-tpe": Method(_peer("peer_optuna", "tpe")),
    "optuna-gp": Method(_peer("peer_optuna", "gaussian_process"), trainings=100, seeds=5),
    "pymoo-nsga2": Method(_peer("peer_pymoo", "nsga2")),
    "mo-asha": Method(_peer("peer_syne_tune", "mo_asha"), halves=True),
    "no-broods": _own(OURS, brood=1),
    "by-ensemble": _own(OURS, promotion="ensemble"),
    "by-early-efficiency": _own(OURS, halves=True, promotion="early-efficiency"),
    "no-audit": _own(OURS, halves=True, audit_share=0.0),
    "equal-mating": _own(OURS, mate_selection="equal"),
    "no-pedigree": _own(OURS, pins={"predictor.reads_pedigree": False}),
    "ensemble-of-one": _own(OURS, choosing_members=1, ensemble_members=1),
    "overlap-1": _own(OURS, overlap=1),
    "overlap-2": _own(OURS, overlap=2),
}
ABLATIONS = (
    "no-broods", "by-ensemble", "by-early-efficiency", "no-audit", "equal-mating",
    "no-pedigree", "ensemble-of-one",
    "overlap-1", "overlap-2",
)  # fmt: skip
ON_DEMAND = ("optuna-gp", *ABLATIONS)
PEERS = {
    "Optuna": ("optuna-nsga2", "optuna-tpe"),
    "pymoo": ("pymoo-nsga2",),
    "MO-ASHA": ("mo-asha",),
}
