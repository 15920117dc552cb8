"""How a forecast and what became of it are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from evo.record.store import Store
from evo.report.gathering import gather
from evo.running.forecast import Forecast
from evo.running.forecasting import FORECAST, add_wall_seconds, compared
from tests.evo.report.runs import write_run

EXPECTED = (
    "Forecast after the first generation: 50 s on 1 worker, 1 min 03 s of training, 30 epochs."
)


@pytest.mark.parametrize(
    ("generations", "truth"),
    [
        (3, "It took 1 min 05 s, 6 s of training, 30 epochs."),
        (
            50,
            "Its 3 generations, not the 50 expected, took 1 min 05 s, 6 s of training, 30 epochs.",
        ),
    ],
)
def test_the_report_sets_the_truth_beside_the_forecast(
    tmp_path: Path, generations: int, truth: str
) -> None:
    folder = write_run(tmp_path / "mine")
    seconds = (40.0, 50.0, 60.0)
    expected = Forecast(generations, 1, 9, 3, 1, 30, 60, 30.0, 30.0, 3.0, seconds, 0.9, 1e6, 1e9)
    with Store.open(folder.database) as store:
        store.set_meta({FORECAST: expected.to_json()})
        assert compared(store) is None
        add_wall_seconds(store, 60.0)
        add_wall_seconds(store, 5.0)
    assert ("forecast and result", f"{EXPECTED} {truth}") in gather(folder)["spent"]
