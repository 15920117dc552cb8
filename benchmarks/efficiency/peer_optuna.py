"""Optuna's samplers as methods (Akiba et al. 2019), by ask and tell.

With one objective and several fidelities trials are pruned by Optuna's successive halving; it
cannot prune with several objectives, so there everybody is trained in full.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna.pruners import SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, GPSampler, NSGAIISampler, TPESampler

from benchmarks.efficiency.meter import Meter
from benchmarks.efficiency.problem import FlatGene, Problem
from genomes.genes.gene import Choice, Integer

optuna.logging.set_verbosity(optuna.logging.WARNING)


def nsga2(meter: Meter, seed: int) -> None:
    """Search with NSGA-II."""
    _search(meter, lambda p: NSGAIISampler(population_size=p.population, seed=seed))


def tpe(meter: Meter, seed: int) -> None:
    """Search with the multivariate tree-structured Parzen estimator."""
    _search(meter, lambda _: TPESampler(multivariate=True, seed=seed))


def gaussian_process(meter: Meter, seed: int) -> None:
    """Search with Gaussian processes and expected hypervolume improvement."""
    import torch

    torch.set_num_threads(1)
    _search(meter, lambda _: GPSampler(deterministic_objective=True, seed=seed))


def _search(meter: Meter, make_sampler: Callable[[Problem], BaseSampler]) -> None:
    problem = meter.problem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(
            directions=["minimize"] * len(problem.axes.axes),
            sampler=make_sampler(problem),
            pruner=SuccessiveHalvingPruner(min_resource=problem.epochs[0]),
        )
    rungs = problem.epochs[:-1] if len(problem.axes.axes) == 1 else ()
    while True:
        trial = study.ask()
        parameters = {name: _suggest(trial, name, g) for name, g in problem.space.items()}
        if _is_pruned(trial, meter, parameters, rungs):
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, meter.losses(parameters))


def _is_pruned(
    trial: optuna.Trial, meter: Meter, parameters: dict[str, Any], rungs: Sequence[int]
) -> bool:
    """Train from rung to rung; tell whether it ends at one of them."""
    for epochs in rungs:
        trial.report(meter.losses(parameters, epochs)[0], epochs)
        if trial.should_prune():
            return True
    return False


def _suggest(trial: optuna.TrialRequest, name: str, gene: FlatGene) -> Any:
    if isinstance(gene, Choice):
        return gene.options[trial.suggest_categorical(name, list(range(len(gene.options))))]
    if isinstance(gene, Integer):
        return trial.suggest_int(name, gene.low, gene.high, log=gene.log)
    return trial.suggest_float(name, gene.low, gene.high, log=gene.log)
