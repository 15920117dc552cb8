"""What `evo run --dry-run` prints of a limit that ends the run sooner."""

from __future__ import annotations

import pytest

from evo.running.dry_run import DryRun
from evo.running.forecast import Forecast
from evo.settings.config import RunConfig
from evo.terminal.forecast import forecast_text
from fitness.data.facts import DataFacts
from fitness.metric import Metric
from tests.fitness.tiny import make_task

FOUND = Forecast(
    generations=50, workers=2, juveniles=600, adults=150, audited=20, epochs=6_000,
    epochs_in_full=14_000, juvenile_seconds=500.0, adult_seconds=700.0, audit_seconds=100.0,
    wall_seconds=(500.0, 600.0, 900.0), busy_share=0.9, disk_bytes=1e6, memory_bytes=1e9,
)  # fmt: skip
DATA = DataFacts.of(make_task(), Metric.load("accuracy"))


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(4.0, "--max-minutes 4 ends it sooner, after about 20 of 50"), (11.0, ""), (None, "")],
)
def test_a_time_limit_that_counts_is_said(minutes: float | None, said: str) -> None:
    text = forecast_text(DryRun(FOUND, DATA), RunConfig(max_minutes=minutes))
    assert text.startswith("data        100 + 48 + 30 examples (train, validation, test)")
    assert "wall time   10 min 00 s" in text
    assert ("ends it sooner" in text) == bool(said)
    assert said in text
