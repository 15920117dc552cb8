"""A task of one real number through the commands, as a new user meets it: never an accuracy."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import evo
from evo.cli import main
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.overview import overview
from evo.settings.config import load_toml

pytestmark = pytest.mark.slow

TASK = "tide_of_a_day"
USER_MODULE = """
import numpy as np
from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.values import Values

def make_task():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5)).astype(np.float32)
    y = 150 + 40 * np.tanh(x[:, 0]) + 20 * x[:, 1] * x[:, 2] + 10 * rng.normal(size=400)
    parts = [Split(x[part], y[part]) for part in np.split(np.arange(400), [240, 320])]
    defaults = SearchDefaults(
        generations=2, population=4, females=2, sons=4, daughters=1, brood=2, stages=(1, 12),
        batch_sizes=(16, 32),
    )
    return Task("tide", "height of the tide", Values(names=("height",)), *parts, defaults=defaults)
"""
RUN = [
    "run",
    "--no-figures",
    "--task",
    f"{TASK}:make_task",
    "--runner",
    "serial",
    "--metric",
    "rmse",
]

Typed = Callable[..., str]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the user's module and a finished run, `tide`."""
    folder = tmp_path_factory.mktemp("work")
    (folder / f"{TASK}.py").write_text(USER_MODULE)
    return folder


@pytest.fixture
def typed(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Call the command line in the folder; return what it printed, on 80 columns."""
    monkeypatch.chdir(work)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delitem(sys.modules, TASK, raising=False)

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert end.value.code == code, out + err
        return out + err

    return call


@pytest.fixture
def run(work: Path, typed: Typed) -> Path:
    """Return the folder of the run, which the first test that asks has made."""
    if not (work / "results/tide").exists():
        (work / "printed.txt").write_text(typed(*RUN, "--name", "tide"))
    return work / "results/tide"


def rows(run: Path) -> list[dict[str, str]]:
    """Return the front, the smallest error first."""
    with (run / "pareto.csv").open() as file:
        return sorted(csv.DictReader(file), key=lambda row: float(row["rmse"]))


def test_a_run_speaks_of_its_metric_alone(work: Path, run: Path) -> None:
    printed = (work / "printed.txt").read_text()
    lines = printed.splitlines()
    generations = [line for line in lines if line.startswith("generation ")]
    assert all("; best RMSE " in line for line in generations)
    assert "(RMSE on 80 validation examples)" in printed
    assert "have a better RMSE on test data than ridge regression" in printed
    for word in ("accuracy", "accurate", "points"):
        assert word not in printed
    assert load_toml(run / "config.toml").metric == "rmse"
    assert load_toml(run / "config.toml").objectives == ("rmse", "active_parameters")
    best = rows(run)[0]
    assert {"test_rmse", "remeasured_rmse"} <= best.keys()
    assert overview(RunFolder(run)).best_metric == float(best["rmse"])


def test_show_and_runs_write_the_metric_as_it_is_written(run: Path, typed: Typed) -> None:
    shown, best = typed("show", "tide"), rows(run)[0]
    written = f"{float(best['rmse']):.4g}"
    line = next(line.split() for line in shown.splitlines() if line.startswith(" best"))
    assert [line[1], line[2].removeprefix("~")] == [best["genome"], written]
    assert "accuracy" not in shown
    one = typed("show", "tide", best["genome"])
    assert "  RMSE by epoch " in one
    assert f"  RMSE{written:>26}\n" in one
    assert max(map(len, one.splitlines())) <= 80
    above, heading, row = typed("runs").splitlines()[:3]
    assert (above.split(), heading.split()[-3:]) == (["best"], ["RMSE", "front", "disk"])
    assert written in row.split()
    loaded = repr(evo.load("tide")).splitlines()
    assert loaded[0] == f"Run results/tide of {TASK}:make_task: finished, generation 2 of 2"
    assert loaded[3].split()[:3] == ["genome", "rmse", "active_parameters"]
    assert loaded[4].split()[:2] == [best["genome"], f"{float(best['rmse']):.6g}"]


def test_export_takes_what_is_good_enough_and_evaluate_agrees(
    work: Path, run: Path, typed: Typed
) -> None:
    front = rows(run)
    worst = front[-1]
    printed = typed("export", "tide", "--reach", worst["rmse"], "--output", "small")
    assert f"Exported {worst['genome']} to small/" in printed
    card = json.loads((work / "small/card.json").read_text())
    assert card["validation_rmse"] == pytest.approx(float(worst["rmse"]), rel=1e-5)
    assert "| validation RMSE |" in (work / "small/README.md").read_text()
    measured = typed("evaluate", "small", "--task", f"{TASK}:make_task")
    assert f"{float(worst['rmse']):.4g}" in measured
    refused = typed("export", "tide", "--reach", "0.1", code=2)
    assert f"reaches RMSE 0.1 on validation data; the best has {float(front[0]['rmse']):.6g}" in (
        " ".join(refused.split())
    )
    assert "--reach VALUE" in typed("export", "tide", "--min-accuracy", "0.9", code=2)


def test_a_run_goes_on_by_the_same_metric(work: Path, run: Path, typed: Typed) -> None:
    typed(*RUN, "--name", "longer", "--generations", "1", "--quiet")
    typed("resume", "longer", "--no-figures", "--generations", "2", "--quiet")
    config = load_toml(work / "results/longer/config.toml")
    assert (config.metric, config.generations) == ("rmse", 2)
    assert (work / "results/longer/pareto.csv").read_text() == (run / "pareto.csv").read_text()


def test_a_warm_start_begins_with_the_smallest_error(work: Path, run: Path, typed: Typed) -> None:
    typed(*RUN, "--name", "warm", "--generations", "1", "--warm-start", "tide", "--quiet")
    record = RunRecord.open(work / "results/warm", read_only=True)
    founders = [genome.chromosomes for genome in record.founders()]
    record.close()
    record = RunRecord.open(run, read_only=True)
    front = [record.genome(row["genome"]).chromosomes for row in rows(run)]
    record.close()
    assert founders[: len(front)] == front


def test_a_config_of_another_metric_is_refused_before_anything_is_written(
    work: Path, run: Path, typed: Typed
) -> None:
    (work / "wrong.toml").write_text(f'task = "{TASK}:make_task"\nmetric = "accuracy"\n')
    before = sorted(path.name for path in (work / "results").iterdir())
    for arguments in (["run", "wrong.toml"], [*RUN[:-1], "accuracy"]):
        refused = typed(*arguments, code=2)
        assert "metric accuracy is for classes" in refused
        assert "expected one of mae, r2, rmse" in refused
    assert sorted(path.name for path in (work / "results").iterdir()) == before
