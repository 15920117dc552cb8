"""A run that had spent its budget could not be taken further, and its advice did not work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evo.cli import main

TINY = [
    "run", "--population", "4", "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2",
    "--generations", "50", "--pin", "architecture.stages.width=4",
    "--pin", "architecture.stages.depth=1", "--runner", "serial",
]  # fmt: skip
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
    evo("resume", "first", "--budget-epochs", "31", "--max-minutes", "100")
    evo(*TINY, "--budget-epochs", "31", "--name", "whole")
    resumed, whole = (tmp_path / f"results/{name}/pareto.csv" for name in ("first", "whole"))
    assert resumed.read_bytes() == whole.read_bytes()
    config = (tmp_path / "results/first/config.toml").read_text(encoding="utf-8")
    assert "budget_epochs = 31" in config
    assert "max_minutes = 100.0" in config


@pytest.mark.parametrize("option", ["generations", "budget-epochs", "max-minutes"])
def test_a_total_that_is_none_is_refused(evo: Call, option: str) -> None:
    assert f"--{option}: received 0" in evo("resume", "first", f"--{option}", "0", code=2)
