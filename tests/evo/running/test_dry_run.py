"""A dry run writes nothing; a real run sets the truth beside what its beginning let expect."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from evo.cli.commands import app
from evo.errors import BadInput
from evo.record.store import Store
from evo.running.dry_run import dry_run
from evo.running.forecasting import compared
from evo.settings.config import build

TINY = [
    "run", "--runner", "serial", "--population", "4", "--females", "2", "--generations", "2",
    "--juvenile-epochs", "1", "--adult-epochs", "2",
]  # fmt: skip


def test_a_dry_run_forecasts_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, [*TINY, "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "2 generations on 1 worker," in told.output
    assert "promoted, fully trained" in told.output
    assert "saved)" in told.output
    assert list(tmp_path.iterdir()) == []


def test_where_workers_would_wait_overlap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.serial.SerialRunner.size", 8)
    told = CliRunner().invoke(app, [*TINY[:-6], "--generations", "8", *TINY[-4:], "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "on 8 workers" in told.output
    assert "With --overlap 1 it would be " in told.output
    less = build({"runner": "serial", "population": 4, "generations": 2, "overlap": 8})
    assert dry_run(less).overlapping is None


def test_where_nobody_can_be_trained_there_is_no_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "fitness.evaluators.network.NetworkEvaluator.evaluate",
        lambda self, job: 1 / 0,
    )
    with pytest.raises(BadInput, match="no founder could be trained: ZeroDivisionError"):
        dry_run(build({"runner": "serial", "population": 4}))


def test_a_run_remembers_what_was_expected_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, [*TINY, "--name", "real"])
    assert told.exit_code == 0, told.output
    with Store.open(tmp_path / "results/real/run.sqlite", read_only=True) as store:
        found = compared(store)
        epochs = store.generations()[-1]["epochs_spent"]
    assert found is not None
    assert found.epochs == epochs
    assert found.forecast.generations == 2
    assert found.text() in told.output.replace("\n", "")
    shown = CliRunner().invoke(app, ["show", "real"])
    assert "Forecast after the first generation" in shown.output
