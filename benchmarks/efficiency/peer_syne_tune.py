"""Syne Tune's MO-ASHA as a method (Schmucker et al. 2021), its scheduler driven in this process.

Draws points at random and trains each from rung to rung, as long as the scheduler says so: rungs
at the early epochs and each three times as many, its default. On a ladder the rungs are its
stages: the scheduler, which takes no other rungs than powers, counts these instead of epochs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from syne_tune import config_space
from syne_tune.backend.trial_status import TrialRequest
from syne_tune.optimizer.scheduler import SchedulerDecision
from syne_tune.optimizer.schedulers.multiobjective.moasha import MOASHA
from syne_tune.optimizer.schedulers.multiobjective.multiobjective_priority import (
    NonDominatedPriority,
)

from benchmarks.efficiency.meter import Meter
from benchmarks.efficiency.problem import FlatGene
from genomes.genes.gene import Choice, Integer

REDUCTION = 3
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # a trial wants a date, and nothing reads it


class Ranked(NonDominatedPriority):  # type: ignore[misc]
    """The place of every row in the order of the published method.

    The class of version 0.16 returns the order itself, rows from best to worst, where the
    scheduler expects places; so it would promote at random.
    """

    def priority_unsafe(self, objectives: Any) -> Any:
        return np.argsort(super().priority_unsafe(objectives))


def mo_asha(meter: Meter, seed: int) -> None:
    """Search until the meter ends it."""
    np.random.seed(seed)  # the scheduler draws from it
    problem = meter.problem
    stages = rungs(*problem.epochs) if len(problem.epochs) == 2 else list(problem.epochs)
    times = stages if len(problem.epochs) == 2 else [REDUCTION**n for n in range(len(stages))]
    names = [axis.name for axis in problem.axes.axes]
    scheduler = MOASHA(
        {name: _domain(gene) for name, gene in problem.space.items()},
        names,
        multiobjective_priority=Ranked(),
        time_attr="time",
        max_t=times[-1],
        grace_period=times[0],
        reduction_factor=REDUCTION,
        random_seed=seed,
    )
    number = 0
    while True:
        drawn = scheduler.suggest().config
        parameters = {name: _value(gene, drawn[name]) for name, gene in problem.space.items()}
        trial = TrialRequest(number, drawn, NOW)
        scheduler.on_trial_add(trial)
        for epochs, at in zip(stages, times, strict=True):
            losses = meter.losses(parameters, epochs)
            result = {**dict(zip(names, losses, strict=True)), "time": at}
            if scheduler.on_trial_result(trial, result) == SchedulerDecision.STOP:
                break
        number += 1


def rungs(early: int, full: int) -> list[int]:
    """Return the epochs at which a trial reports: the rungs, and the end."""
    below = []
    while early < full:
        below.append(early)
        early *= REDUCTION
    return [*below, full]


def _domain(gene: FlatGene) -> Any:
    if isinstance(gene, Choice):
        return config_space.choice(list(range(len(gene.options))))
    if isinstance(gene, Integer):
        return (config_space.lograndint if gene.log else config_space.randint)(gene.low, gene.high)
    return (config_space.loguniform if gene.log else config_space.uniform)(gene.low, gene.high)


def _value(gene: FlatGene, drawn: Any) -> Any:
    if isinstance(gene, Choice):
        return gene.options[int(drawn)]
    return int(drawn) if isinstance(gene, Integer) else float(drawn)
