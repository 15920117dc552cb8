"""`evo run --dry-run`: trains a handful of founders and forecasts the run; writes nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from evo.errors import BadInput
from evo.problems.feasible_limits import check_networks
from evo.running.forecast import Forecast
from evo.running.forecasting import forecast_run, sample_of
from evo.running.parts import Parts, prepared
from evo.settings.config import RunConfig, metric_of
from evo.settings.operators import load_operators
from fitness.data.facts import DataFacts
from fitness.evaluation import Job

TRAININGS = 12  # of founders, that are measured
TRIAL_EPOCHS = 3  # of each, where there is no youth
FULLY_BUSY = 0.9  # share of the workers' time beyond which overlapping generations gains nothing
WORTH_SAYING = 0.05  # of the wall time


@dataclass(frozen=True)
class DryRun:
    """What a run would take, and what with more overlap where workers would wait a lot.

    `data` is what was understood of the task's data.
    """

    forecast: Forecast
    data: DataFacts
    overlap: int = 0
    overlapping: Forecast | None = None


def dry_run(config: RunConfig) -> DryRun:
    """Train a few founders for their first epochs on the workers that are there; forecast a run.

    Raises `BadInput` for settings that do not fit, or if no training succeeds.
    """
    task, resolved = prepared(config)
    parts = Parts.of(resolved, task).with_own((), load_operators(resolved))
    check_networks(parts.problem)
    with closing(parts.runner):
        parts.runner.start()
        workers = parts.runner.size
        jobs = _jobs(parts, workers + TRAININGS)
        # The first job of each worker loads the data and warms it up; it is not counted.
        list(parts.runner.run(jobs[:workers]))
        measured = list(parts.runner.run(jobs[workers:]))
    try:
        sample = sample_of(measured)
    except ValueError:
        reasons = "; ".join(sorted({e.reason for e in measured if e.reason}))
        raise BadInput(f"no founder could be trained: {reasons}") from None
    found = forecast_run(sample, parts.settings, workers)
    data = DataFacts.of(task, metric_of(resolved))
    if found.busy_share > FULLY_BUSY:
        return DryRun(found, data)
    overlap = parts.settings.overlap + 1
    other = forecast_run(sample, replace(parts.settings, overlap=overlap), workers)
    is_faster = other.wall_seconds[1] < (1 - WORTH_SAYING) * found.wall_seconds[1]
    return DryRun(found, data, overlap, other) if is_faster else DryRun(found, data)


def _jobs(parts: Parts, count: int) -> list[Job]:
    """Word jobs for different founders, cut short; none has a checkpoint to go on from."""
    breeding = parts.settings.breeding
    population = max(2 * count, breeding.population)  # some may be twins
    wider = replace(parts.settings, breeding=replace(breeding, population=population))
    trials = next(replace(parts.run, settings=wider).strategy().generation(1))
    epochs = breeding.juvenile_epochs or min(TRIAL_EPOCHS, breeding.adult_epochs)
    jobs = {}
    for trial in trials:
        job = parts.problem.job(trial.genome, 0, epochs)
        jobs[job.name] = job
    return list(jobs.values())[:count]
