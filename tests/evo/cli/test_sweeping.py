"""`evo sweep` as people type it: its table, bad input, kill and resume."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.command_line import ENVIRONMENT, PATIENCE_SECONDS, PROGRAM, answer, typed

pytestmark = pytest.mark.slow

TINY = (
    "sweep", "--task", "digits", "--family", "mlp", "--sparsity", "0:0.9:0.45", "--curve",
    "linear,gene-network", "--seeds", "2", "--epochs", "2", "--runner", "serial",
)  # fmt: skip


def test_it_prints_a_table_and_what_it_says(tmp_path: Path) -> None:
    printed = typed(tmp_path, *TINY)
    assert "10 trainings in results/sweep-digits-001/" in printed
    assert "mlp-textbook-1 on digits, 2 epochs, 2 seeds; weights pruned by magnitude" in printed
    for words in ("unpruned", "linear", "gene-network", "On validation data:", "On test data:"):
        assert words in printed
    assert "Tables, figures and config: results/sweep-digits-001/" in printed
    assert typed(tmp_path, *TINY, "--quiet") == "results/sweep-digits-001, 10 trainings\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sparsity", "0:1.2:0.1"), "received --sparsity 1, expected"),
        (("--sparsity", "a:b"), "received --sparsity 'a:b'"),
        (("--curve", "cubik"), "Did you mean 'cubic'?"),
        (("--genome", "first/m001-000"), "there is no run 'first'"),
        (("--seeds", "0"), "received --seeds 0"),
        (("--epochs", "-1"), "received --epochs -1"),
        (("--granularity", "layer"), "received --granularity 'layer'"),
        (("--textbook", "99"), "received --textbook 99"),
        (("--pin", "training.optimiser=adamw"), "unknown gene 'training.optimiser'"),
        (("--task", "digit"), "digits"),
        (("--metric", "r2"), "metric r2 is for values"),
        (("--name", "a/b"), "expected a plain folder name"),
        (("none.toml",), "there is no config file none.toml"),
    ],
)
def test_bad_input_ends_with_2_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    given = answer(tmp_path, "sweep", "--runner", "serial", *arguments)
    assert given.code == 2
    assert message in given.err
    assert list(tmp_path.iterdir()) == []


def test_killed_it_goes_on_by_each_way(tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    typed(undisturbed, *TINY, "--name", "s", "--quiet")
    folder = tmp_path / "results/s"
    kill(tmp_path, folder, *TINY, "--name", "s")
    kill(tmp_path, folder, "resume", "s")
    kill(tmp_path, folder, "sweep", "results/s/config.toml")
    typed(tmp_path, *TINY, "--name", "s", "--quiet")
    for name in ("trainings.csv", "verdict.txt", "genome.json", "config.toml"):
        assert (folder / name).read_bytes() == (undisturbed / "results/s" / name).read_bytes()
    assert not list(folder.glob(".*.partial"))


def kill(work: Path, folder: Path, *arguments: str) -> None:
    """Kill a sweep as soon as another training of it has ended."""
    before = trainings(folder)
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=work, env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while trainings(folder) <= before:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    assert before < trainings(folder) < 10


def trainings(folder: Path) -> int:
    path = folder / "trainings.csv"
    return len(path.read_text().splitlines()) - 1 if path.is_file() else 0


def test_with_a_config_only_places_can_be_said(tmp_path: Path) -> None:
    typed(tmp_path, *TINY, "--quiet")
    config = "results/sweep-digits-001/config.toml"
    refused = answer(tmp_path, "sweep", config, "--epochs", "3")
    assert (refused.code, "received a config and --epochs" in refused.err) == (2, True)
    named = typed(tmp_path, "sweep", config, "--name", "again", "--quiet")
    assert named == "results/again, 10 trainings\n"
    first, again = (
        (tmp_path / "results" / name / "trainings.csv").read_bytes()
        for name in ("sweep-digits-001", "again")
    )
    assert first == again
    told = answer(tmp_path, "resume", "again", "--generations", "3")
    assert (told.code, "--generations means nothing" in told.err) == (2, True)
