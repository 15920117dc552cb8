"""What a run is expected to take, from a few trainings that were measured.

The trainings are founders'; later generations breed other networks, so it is a forecast, not a
bound. Knows neither workers nor folders; `evo.running.forecasting` measures and remembers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import fmean, quantiles
from typing import Any

from evo.running.fleet_schedule import schedule
from evo.strategy import Expected, Settings, expect
from fitness.stages import epochs_of_youth

SIMULATIONS = 40  # of which a forecast takes quantiles
SIMULATED = 60  # generations at most; the rest is taken to be like them
EVALUATION_BYTES = 3_500  # of the record for a training: its row, curve, genome and trial
PREDICTION_BYTES = 220  # for one prediction
SNAPSHOT_BYTES = 40_000


@dataclass(frozen=True)
class Sample:
    """Trainings that were measured: one number each, but for the workers' peak of memory."""

    epoch_seconds: tuple[float, ...]
    checkpoint_bytes: tuple[int, ...]
    peak_bytes: float

    def __post_init__(self) -> None:
        if not self.epoch_seconds:
            raise ValueError("received no training to forecast from")


@dataclass(frozen=True)
class Forecast:
    """What is expected of a whole run. Seconds of workers are added up over all of them.

    `wall_seconds` are the 10 %, 50 % and 90 % quantiles over simulations, without what breeding
    and drawing take. `disk_bytes` is the run's folder at its end, `memory_bytes` that of all
    workers. `epochs_in_full` would be trained if every child were trained in full. `further` are
    trainings between the first stage and the last.
    """

    generations: int
    workers: int
    juveniles: int
    adults: int
    audited: int
    epochs: int
    epochs_in_full: int
    juvenile_seconds: float
    adult_seconds: float
    audit_seconds: float
    wall_seconds: tuple[float, float, float]
    busy_share: float
    disk_bytes: float
    memory_bytes: float
    further: int = 0
    further_seconds: float = 0.0

    @property
    def worker_seconds(self) -> float:
        """Seconds of training in all."""
        partial = self.juvenile_seconds + self.further_seconds
        return partial + self.adult_seconds + self.audit_seconds

    def to_json(self) -> str:
        """Return text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Forecast:
        """Rebuild a forecast."""
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "wall_seconds": tuple(values["wall_seconds"])})


def forecast(
    sample: Sample,
    strategy: str,
    settings: Settings,
    *,
    generations: int,
    workers: int,
    overlap: int = 0,
    budget_epochs: int | None = None,
    seed: int = 0,
) -> Forecast:
    """Forecast what a run of a strategy takes, within its budget of epochs."""
    plan = _within(
        [expect(strategy, settings, number) for number in range(1, generations + 1)],
        settings,
        budget_epochs,
    )
    juveniles = round(sum(e.juveniles for e in plan))
    audited = round(sum(e.audited for e in plan))
    promoted = round(sum(e.promoted for e in plan))
    further, between = _between(plan, settings.stages)
    early = settings.juvenile_epochs if juveniles else 0
    late = settings.adult_epochs - (epochs_of_youth(settings.stages) if juveniles else 0)
    second = fmean(sample.epoch_seconds)
    walls, busy = _simulated(sample, plan, settings, workers, overlap, random.Random(seed))
    low, *_, high = quantiles(walls, n=10)
    born = max(juveniles, promoted)
    males = juveniles + further + born if strategy == "gendered" else 0
    kept = settings.population + (plan[-1].juveniles if plan else 0)
    return Forecast(
        generations=len(plan),
        workers=workers,
        juveniles=juveniles,
        adults=promoted,
        audited=audited,
        further=further,
        epochs=juveniles * early + between + (promoted + audited) * late,
        epochs_in_full=born * settings.adult_epochs,
        juvenile_seconds=juveniles * early * second,
        further_seconds=between * second,
        adult_seconds=promoted * late * second,
        audit_seconds=audited * late * second,
        wall_seconds=(low, sorted(walls)[len(walls) // 2], high),
        busy_share=fmean(busy),
        disk_bytes=(juveniles + further + promoted + audited) * EVALUATION_BYTES
        + settings.females * males * PREDICTION_BYTES
        + len(plan) * SNAPSHOT_BYTES
        + kept * fmean(sample.checkpoint_bytes or (0,)),
        memory_bytes=workers * sample.peak_bytes,
    )


def _between(plan: Sequence[Expected], stages: Sequence[int]) -> tuple[int, int]:
    """Return the number of trainings between the first stage and the last, and their epochs."""
    spans = [late - early for early, late in pairwise(stages[:-1])]
    numbers = [round(sum(e.further[n] for e in plan if e.further)) for n in range(len(spans))]
    return sum(numbers), sum(n * span for n, span in zip(numbers, spans, strict=True))


def _within(plan: list[Expected], settings: Settings, budget: int | None) -> list[Expected]:
    """Return the leading generations that a budget of epochs pays for."""
    if budget is None:
        return plan
    spent = 0.0
    for number, expected in enumerate(plan, start=1):
        spent += sum(expected.epochs(settings.stages))
        if spent >= budget:
            return plan[:number]
    return plan


def _simulated(
    sample: Sample,
    plan: Sequence[Expected],
    settings: Settings,
    workers: int,
    overlap: int,
    rng: random.Random,
) -> tuple[list[float], list[float]]:
    """Return wall seconds and busy shares of simulated runs, durations drawn from the sample."""
    simulated = plan[:SIMULATED]
    scale = len(plan) / max(1, len(simulated))
    walls, busy = [], []
    for _ in range(SIMULATIONS):
        # Which networks are bred is drawn once a run: their costs drift together.
        seconds = rng.choices(sample.epoch_seconds, k=len(sample.epoch_seconds))
        jobs = [
            [
                [epochs * rng.choice(seconds) for _ in range(round(number))]
                for number, epochs in e.by_stage(settings.stages)
            ]
            for e in simulated
        ]
        wall, share = schedule(jobs, workers, overlap)
        walls.append(scale * wall)
        busy.append(share)
    return walls, busy
