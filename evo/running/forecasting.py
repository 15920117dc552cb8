"""Forecasts a run after its first generation, and compares forecast and run at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evo.engine.listener import Listener
from evo.record.store import Store
from evo.running.forecast import Forecast, Sample, forecast
from evo.settings.run_settings import RunSettings
from evo.strategy import expect
from evo.text.amounts import count, duration
from fitness.evaluation import Evaluation

# Keys of the store's facts about the whole run:
FORECAST = "forecast"  # by what the first generation took
WALL = "wall_seconds"  # of all drivers of the run together


def sample_of(evaluations: Sequence[Evaluation], stored: Sequence[int] = ()) -> Sample:
    """Return what trainings that went well took; raises ValueError if none did.

    `stored` are sizes of checkpoints, where the evaluations do not hold them.
    """
    sound = [e for e in evaluations if e.status == "ok" and e.costs.get("epochs")]
    return Sample(
        tuple(e.costs["seconds"] / e.costs["epochs"] for e in sound),
        tuple(len(e.checkpoint) for e in sound if e.checkpoint is not None) or tuple(stored),
        max((e.costs.get("peak_bytes", 0.0) for e in sound), default=0.0),
    )


def forecast_run(sample: Sample, settings: RunSettings, workers: int) -> Forecast:
    """Forecast a run within its limits."""
    limits = settings.limits
    return forecast(
        sample,
        settings.strategy,
        settings.breeding,
        generations=limits.generations or _paid_for(settings),
        workers=workers,
        overlap=settings.overlap,
        budget_epochs=limits.budget_epochs,
        seed=settings.seed,
    )


def _paid_for(settings: RunSettings) -> int:
    """Return at least as many generations as the budget of epochs pays for."""
    breeding, budget = settings.breeding, settings.limits.budget_epochs or 0
    epochs = sum(expect(settings.strategy, breeding, 2).epochs(breeding.stages))
    return 1 + math.ceil(budget / max(1.0, epochs))


class Forecasting:
    """Passes events on to a listener, and records a forecast after the first generation."""

    def __init__(
        self, listener: Listener, store: Store, settings: RunSettings, workers: int
    ) -> None:
        self.listener, self.store = listener, store
        self.settings, self.workers = settings, workers

    def progress(self, done: int, total: int, stage: str) -> None:
        """Pass it on."""
        self.listener.progress(done, total, stage)

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Forecast the run by what its first generation took, and pass it on."""
        if summary["generation"] == 1:
            self._forecast()
        self.listener.generation(summary)

    def _forecast(self) -> None:
        try:
            sample = sample_of(self.store.evaluations(), self.store.checkpoint_sizes())
        except ValueError:  # all trainings failed: there is nothing to forecast from
            return
        found = forecast_run(sample, self.settings, self.workers)
        self.store.set_meta({FORECAST: found.to_json()})


def add_wall_seconds(store: Store, seconds: float) -> None:
    """Add what a driver of the run took."""
    before = float(store.meta().get(WALL, 0.0))
    store.set_meta({WALL: repr(before + seconds)})


@dataclass(frozen=True)
class ForecastCheck:
    """A forecast of all generations beside what the finished ones took."""

    forecast: Forecast
    generations: int
    training_seconds: float
    wall_seconds: float
    epochs: float

    def text(self) -> str:
        """Say in two sentences what was expected and what it took."""
        expected = self.forecast
        it = "It"
        if self.generations != expected.generations:
            it = f"Its {self.generations} generations, not the {expected.generations} expected,"
        return (
            f"Forecast after the first generation: {duration(expected.wall_seconds[1])} on "
            f"{expected.workers} worker{'' if expected.workers == 1 else 's'}, "
            f"{duration(expected.worker_seconds)} of training, {count(expected.epochs)} epochs. "
            f"{it} took {duration(self.wall_seconds)}, "
            f"{duration(self.training_seconds)} of training, {count(self.epochs)} epochs."
        )


def compared(store: Store) -> ForecastCheck | None:
    """Compare the forecast with the run; None without a forecast or a finished generation."""
    meta, summaries = store.meta(), store.generations()
    if FORECAST not in meta or WALL not in meta or not summaries:
        return None
    last = summaries[-1]
    return ForecastCheck(
        Forecast.from_json(meta[FORECAST]),
        int(last["generation"]),
        float(last.get("training_seconds", 0.0)),
        float(meta[WALL]),
        float(last.get("epochs_spent", 0.0)),
    )
