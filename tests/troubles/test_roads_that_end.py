"""A run that had spent its budget could not be taken further, and its advice did not work."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evo.cli import main

TINY = [
    "run", "--population", "4", "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2",
    "--generations", "50", "--pin", "architecture.stages.width=4", "--no-figures",
    "--pin", "architecture.stages.depth=1", "--runner", "serial", "--epoch-examples", "400",
]  # fmt: skip


def retrained(folder: Path) -> list[dict[str, str]]:
    with (folder / "retrained.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def card(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return found


Call = Callable[..., str]


@pytest.fixture
def evo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = "".join(capsys.readouterr())
        assert end.value.code == code, printed
        return printed

    return call


@pytest.mark.slow
def test_a_spent_budget_is_raised_and_the_history_is_that_of_the_larger_one(
    evo: Call, tmp_path: Path
) -> None:
    said = evo(*TINY, "--budget-epochs", "15", "--name", "first")
    assert "evo resume first --budget-epochs TOTAL" in said
    assert "--generations TOTAL" not in said
    for more in ((), ("--generations", "60"), ("--budget-epochs", "15")):
        assert "This run has spent its budget of epochs" in evo("resume", "first", *more)
    assert "already asked for 15" in evo("resume", "first", "--budget-epochs", "14", code=2)
    evo("resume", "first", "--no-figures", "--budget-epochs", "31", "--max-minutes", "100")
    evo(*TINY, "--budget-epochs", "31", "--name", "whole")
    resumed, whole = (tmp_path / f"results/{name}/pareto.csv" for name in ("first", "whole"))
    assert resumed.read_bytes() == whole.read_bytes()
    config = (tmp_path / "results/first/config.toml").read_text(encoding="utf-8")
    assert "budget_epochs = 31" in config
    assert "max_minutes = 100.0" in config


@pytest.mark.parametrize("option", ["generations", "budget-epochs", "max-minutes"])
def test_a_total_that_is_none_is_refused(evo: Call, option: str) -> None:
    assert f"--{option}: received 0" in evo("resume", "first", f"--{option}", "0", code=2)


@pytest.mark.slow
def test_what_was_trained_from_scratch_is_kept_and_handed_over(evo: Call, tmp_path: Path) -> None:
    """The weights of `evo retrain` were thrown away, and nothing trained on validation data."""
    evo(*TINY, "--budget-epochs", "15", "--name", "first")
    run = tmp_path / "results/first"
    said = evo("retrain", "first", "--epochs", "3", "--seeds", "2")
    (genome,) = re.findall(r"evo export first --genome (\S+) --retrained exports", said)
    weights = {file: file.stat().st_mtime_ns for file in (run / "retrained").iterdir()}
    assert len(weights) == 2
    evo("retrain", "first", "--epochs", "3", "--seeds", "2")  # nothing is left to train
    assert weights == {file: file.stat().st_mtime_ns for file in (run / "retrained").iterdir()}

    evo("export", "first", "--genome", genome, "--retrained", "--output", "plain")
    rows = retrained(run)
    best = max(rows, key=lambda row: (float(row["validation"]), -int(row["seed"])))
    plain = card(tmp_path / "plain")
    assert plain["trained_on"] == "train data"
    assert (plain["trained_epochs"], plain["trained_seed"]) == (3, int(best["seed"]))
    for split in ("validation", "test"):  # shrunk: by rounding
        assert plain[f"{split}_accuracy"] == pytest.approx(float(best[split]), abs=0.006)

    evo("retrain", "first", "--genome", genome, "--epochs", "3", "--seeds", "1", "--refit")
    refit = retrained(run)[-1]
    assert (refit["refit"], refit["validation"]) == ("True", "")
    evo("export", "first", "--genome", genome, "--retrained", "--output", "refit")
    last = card(tmp_path / "refit")
    assert last["trained_on"] == "train and validation data"
    assert last["validation_accuracy"] is None
    assert last["test_accuracy"] == pytest.approx(float(refit["test"]), abs=0.006)
    assert "on digits" in evo("evaluate", "refit")
    evo("export", "first", "--genome", genome, "--output", "evolved")
    assert "trained_seed" not in card(tmp_path / "evolved")


@pytest.mark.slow
def test_weights_that_nobody_trained_are_not_handed_over(evo: Call) -> None:
    evo(*TINY, "--budget-epochs", "15", "--name", "first")
    said = evo("export", "first", "--retrained", code=2)
    assert "`evo retrain first --genome m" in said
