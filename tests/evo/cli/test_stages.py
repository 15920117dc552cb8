"""`evo run --stages`: a ladder and a single stage of networks, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.command_line import ask, typed

TINY = (
    "run", "--population", "4", "--females", "2", "--generations", "2", "--runner", "serial",
    "--max-flops", "2e5", "--epoch-examples", "300", "--no-figures",
)  # fmt: skip
BY_STAGE = "SELECT COUNT(*) FROM trials WHERE stage = "


@pytest.mark.slow
def test_networks_are_trained_from_stage_to_stage(tmp_path: Path) -> None:
    typed(tmp_path, *TINY, "--stages", "1,2,3", "--name", "ladder")
    run = tmp_path / "results/ladder"
    config = tomllib.loads((run / "config.toml").read_text())
    assert config["stages"] == [1, 2, 3]
    assert not {"juvenile_epochs", "adult_epochs"} & set(config)
    counts = [ask(run, f"{BY_STAGE}'{stage}'") for stage in ("juvenile", "juvenile-2", "adult")]
    assert counts[0] > counts[1] >= counts[2] > 0
    assert sum(counts) == ask(run, "SELECT SUM(to_epoch - from_epoch) FROM evaluations")
    shown = typed(tmp_path, "show", "ladder")
    assert "epochs      1, 2 of partial training, 3 of full" in shown
    typed(tmp_path, "run", "results/ladder/config.toml", "--name", "again")
    again = (tmp_path / "results/again/pareto.csv").read_bytes()
    assert again == (run / "pareto.csv").read_bytes()


@pytest.mark.slow
def test_a_single_stage_is_a_single_fidelity(tmp_path: Path) -> None:
    typed(tmp_path, *TINY, "--stages", "2", "--name", "single")
    run = tmp_path / "results/single"
    assert ask(run, f"{BY_STAGE}'adult'") == ask(run, "SELECT COUNT(*) FROM trials") > 4
    assert "epochs      2 of full" in typed(tmp_path, "show", "single")


@pytest.mark.slow
def test_a_dry_run_counts_what_is_trained_between_first_and_last(tmp_path: Path) -> None:
    said = typed(tmp_path, *TINY, "--stages", "1,2,3", "--dry-run")
    assert "partly trained, further" in said
    assert "partly trained, further" not in typed(tmp_path, *TINY, "--stages", "1,3", "--dry-run")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("--stages 1,3,3", "--stages: received '1,3,3', expected rising numbers of epochs from"),
        ("--stages 0,3", "--stages: received '0,3', expected rising numbers of epochs from 1"),
        ("--stages 1,x", "--stages: received '1,x', expected whole numbers of epochs with commas"),
        ("--stages 1,3.5", "--stages: received '1,3.5', expected whole numbers of epochs with"),
        ("--stages 1,3,", "--stages: received '1,3,', expected whole numbers of epochs with"),
        (
            "--stages 1,3,9 --juvenile-epochs 2",
            "stages are 1, 3, 9 and juvenile_epochs is 2: they disagree; give stages alone",
        ),
        ("--stages 1,3,9 --adult-epochs 8", "stages are 1, 3, 9 and adult_epochs is 8"),
        ("--stages 1,3,9 --strategy nsga2", "strategy nsga2 decides nothing after the stages 1"),
    ],
)
def test_what_is_no_ladder_is_refused(tmp_path: Path, options: str, text: str) -> None:
    said = typed(tmp_path, *TINY, *options.split(), code=2)
    assert text in " ".join(said.split())
    assert not (tmp_path / "results").exists()
