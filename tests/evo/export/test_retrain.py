"""Networks of a run trained from scratch: what is trained, kept, and said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evo.errors import BadInput
from evo.export.retrain import retrain
from evo.export.retrained import (
    FILE,
    Retrained,
    best_retrained,
    card_facts,
    mean_and_spread,
    read_retrained,
    weights_of,
    write_retrained,
)
from evo.export.teachers import TeachingPlan
from evo.findings.front_table import best_of_front
from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.session import start
from evo.settings.config import build
from fitness.metric import Metric
from fitness.training.inheritance import Inheritance
from tests.evo.running.test_session import Witness

TAUGHT = {"generation": 1, "teacher": "m2", "temperature": 2.0, "teaching_weight": 0.5}
ROW = Retrained("m1", 8, 1, "k", "ok", 0.75, 0.5)


# -- the file ------------------------------------------------------------------------------------


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_retrained(folder) == []
    failed = replace(ROW, seed=2, status="diverged", validation=None, test=None)
    taught = replace(ROW, key="l", average="ema", **TAUGHT)
    write_retrained(folder, [ROW, failed, taught])
    assert read_retrained(folder) == [ROW, failed, taught]


@pytest.mark.parametrize("text", ["genome,epochs\nm1,8\n", "genome,epochs,seed\nm1,many,1\n"])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(BadInput, match=r"retrained\.csv is damaged .* remove it"):
        read_retrained(RunFolder(tmp_path))


def test_the_card_gets_the_means_of_the_longest_trainings() -> None:
    rows = [
        ROW,
        replace(ROW, seed=2, validation=0.25, test=1.0),
        replace(ROW, seed=3, status="diverged", validation=None, test=None),
        replace(ROW, epochs=4, validation=0.1),
        replace(ROW, genome="m2", epochs=99),
        replace(ROW, epochs=99, average="ema"),
        replace(ROW, epochs=99, refit=True),
        replace(ROW, epochs=99, generation=1),
    ]
    assert card_facts(rows, "m1", "accuracy") == {
        "retrained_seeds": 2,
        "retrained_epochs": 8,
        "retrained_validation_accuracy": 0.5,
        "retrained_test_accuracy": 0.75,
    }
    assert card_facts(rows, "m3", "accuracy") == {}


def test_which_training_is_exported(tmp_path: Path) -> None:
    """Refits first, of those the ones trained last; else the longest, by validation data."""
    folder, metric = RunFolder(tmp_path), Metric.load("accuracy")
    weights_of(folder).path.mkdir()
    rows = [
        replace(ROW, key="plain", epochs=9, validation=0.5),
        replace(ROW, key="taught", epochs=9, validation=0.6, generation=1),
        replace(ROW, key="short", epochs=8, validation=0.9),
        replace(ROW, key="gone", epochs=9, validation=1.0),
    ]
    for key in ("plain", "taught", "short", "first", "last-1", "last-2"):
        weights_of(folder).write(key, b"weights")
    assert best_retrained(folder, "m1", metric, rows).key == "taught"
    assert best_retrained(folder, "m1", metric, rows[2:]).key == "short"
    refits = [("first", 1, "none"), ("last-2", 2, "ema"), ("last-1", 1, "ema")]
    more = [replace(ROW, key=key, seed=s, refit=True, average=a) for key, s, a in refits]
    rows += [replace(row, validation=None) for row in more]
    assert best_retrained(folder, "m1", metric, rows).key == "last-1"
    with pytest.raises(BadInput, match="no weights of m2 from scratch are kept; "):
        best_retrained(folder, "m2", metric, rows)
    failed = [replace(ROW, key="gone"), replace(ROW, key="first", status="diverged")]
    with pytest.raises(BadInput, match=r"no weights of m1 from scratch are kept \(diverged\); "):
        best_retrained(folder, "m1", metric, failed)


def test_one_value_has_no_spread() -> None:
    assert mean_and_spread([0.5]) == (0.5, None)
    mean, spread = mean_and_spread([0.0, 2.0])
    assert (mean, spread) == (1.0, 2**0.5)


def test_files_of_before_averages_are_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("genome,epochs,seed,key,status\nm1,8,1,k,ok\n")
    assert [(row.average, row.as_in_runs) for row in read_retrained(RunFolder(tmp_path))] == [
        ("none", True)
    ]


# -- a run ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run whose children inherit weights."""
    here = tmp_path_factory.mktemp("work")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(150, 3))
    np.savez(here / "points.npz", x=x, y=(x[:, 0] + x[:, 1] > 0).astype(int))
    values: dict[str, Any] = {
        "task": f"npz:{here / 'points.npz'}", "runner": "serial", "generations": 3,
        "population": 4, "adult_epochs": 2, "juvenile_epochs": 1, "strategy": "nsga2",
        "inherit": "all", "results": str(here / "results"),
    }  # fmt: skip
    return RunFolder(start(build(values), Witness()).folder)


def heir(run: RunFolder) -> Any:
    with closing(RunRecord.open(run.path, read_only=True)) as record:
        return [g for g in record.store.genomes() if Inheritance.of(g.birth) is not None][-1]


def contents(run: RunFolder) -> dict[Path, bytes]:
    own = {run.path / FILE, *weights_of(run).path.glob("*")}
    files = (path for path in run.path.rglob("*") if path.is_file() and path not in own)
    return {path: path.read_bytes() for path in files if not path.name.endswith(("-shm", "-wal"))}


@pytest.mark.slow
def test_it_trains_from_scratch_and_leaves_the_run_as_it_was(run: RunFolder) -> None:
    before, child = contents(run), heir(run)
    heard: list[Retrained] = []
    report = retrain(run, child.id, seeds=2, done=heard.append)
    assert contents(run) == before
    assert heard == list(report.rows) == read_retrained(run)
    assert [(row.genome, row.seed, row.epochs) for row in report.rows] == [
        (child.id, 1, 2),
        (child.id, 2, 2),
    ]
    assert report.recorded["inherited_epochs"] >= 2
    assert all(0 < (row.test or 0) <= 1 for row in report.rows)


@pytest.mark.slow
def test_what_was_trained_is_not_trained_again(run: RunFolder) -> None:
    identity = best_of_front(run, Metric.load("accuracy"))
    first = retrain(run, seeds=1)
    heard: list[Retrained] = []
    more = retrain(run, identity, seeds=2, done=heard.append)
    assert more.genome == first.genome == identity
    assert [row.seed for row in heard] == [2]
    assert more.rows[0] == first.rows[0]
    longer = retrain(run, identity, epochs=3, seeds=1, done=heard.append)
    assert (longer.epochs, longer.rows[0].epochs, len(heard)) == (3, 3, 2)


@pytest.mark.slow
def test_averages_are_trainings_of_their_own(run: RunFolder) -> None:
    identity = best_of_front(run, Metric.load("accuracy"))
    rows = [retrain(run, identity, 3, 1, average=kind).rows[0] for kind in ("none", "ema", "swa")]
    assert [row.average for row in rows] == ["none", "ema", "swa"]
    assert len({row.key for row in rows}) == 3
    assert {row.key for row in rows} <= weights_of(run).names()
    heard: list[Retrained] = []
    assert retrain(run, identity, 3, 1, heard.append, average="ema").rows == [rows[1]]
    assert heard == []


@pytest.mark.slow
def test_generations_are_taught_kept_and_taken_up_again(run: RunFolder) -> None:
    identity = best_of_front(run, Metric.load("accuracy"))
    plan = TeachingPlan(generations=2)
    heard: list[Retrained] = []
    report = retrain(run, identity, 3, 2, heard.append, teaching=plan)
    assert list(report.generations) == [0, 1, 2]
    assert [(row.generation, row.seed, row.teacher) for row in report.rows] == [
        (2, seed, "generations 0 to 1") for seed in (1, 2)
    ]
    rows = [row for rows in report.generations.values() for row in rows]
    assert len({row.key for row in rows}) == 6
    assert {row.key for row in rows} <= weights_of(run).names()
    told = len(heard)
    assert told >= 4  # untaught trainings may be there already
    again = retrain(run, identity, 3, 2, heard.append, teaching=plan)
    assert (again.generations, len(heard)) == (report.generations, told)
    softer = replace(plan, temperature=4.0)
    other = retrain(run, identity, 3, 2, heard.append, teaching=softer)
    assert other.generations[0] == report.generations[0]
    assert {row.key for row in other.rows}.isdisjoint(row.key for row in rows)
    assert {row.temperature for row in other.rows} == {4.0}


@pytest.mark.slow
def test_teachers_of_runs_and_ensembles(run: RunFolder) -> None:
    child, best = heir(run).id, best_of_front(run, Metric.load("accuracy"))
    called = ("best", best, f"{run.path.name}/{best}", f"{run.path}/{best}")
    reports = [
        retrain(run, child, 2, 1, teaching=TeachingPlan(name), average="ema") for name in called
    ]
    assert {report.rows[0].teacher for report in reports} == {best}  # trained once
    assert (reports[0].rows[0].status, reports[0].rows[0].average) == ("ok", "ema")
    ensemble = retrain(run, child, 2, 2, teaching=TeachingPlan("ensemble"), refit=True)
    assert [row.teacher for row in ensemble.rows] == ["ensemble of 2 seeds"] * 2
    assert [row.validation for row in ensemble.rows] == [None, None]
    taught_refit = retrain(run, child, 2, 1, teaching=TeachingPlan("best"), refit=True)
    assert taught_refit.rows[0].status == "ok"  # he learnt train data, the child also validation


@pytest.mark.slow
def test_ray_trains_as_this_process_does(run: RunFolder, tmp_path: Path) -> None:
    """Teachers travel to workers in other processes."""
    copy = RunFolder(Path(shutil.copytree(run.path, tmp_path / "copy")))
    for path in (copy.path / FILE, *weights_of(copy).path.glob("*")):
        path.unlink(missing_ok=True)
    text = copy.config.read_text()
    assert 'runner = "serial"' in text
    copy.config.write_text(text.replace('runner = "serial"', 'runner = "ray"\nworkers = 2'))
    identity, plan = best_of_front(run, Metric.load("accuracy")), TeachingPlan("ensemble")
    there = retrain(copy, identity, 2, 2, teaching=plan, average="swa")
    here = retrain(run, identity, 2, 2, teaching=plan, average="swa")
    assert there.generations == here.generations
    for row in here.rows:
        assert weights_of(copy).read(row.key) == weights_of(run).read(row.key)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("teacher", "message"),
    [
        ("m001-0000", "Did you mean 'm001-000'"),
        ("elsewhere/m001-000", "there is no run 'elsewhere'"),
        ("ensemble", "--seeds 2 or more"),
    ],
)
def test_teachers_that_cannot_teach(run: RunFolder, teacher: str, message: str) -> None:
    before = contents(run), read_retrained(run)
    with pytest.raises(BadInput, match=message):
        retrain(run, heir(run).id, 2, 1, teaching=TeachingPlan(teacher))
    assert (contents(run), read_retrained(run)) == before


@pytest.mark.slow
def test_a_teacher_of_another_task_is_refused(run: RunFolder, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(150, 3))
    np.savez(tmp_path / "others.npz", x=x, y=(x[:, 0] > 0).astype(int))
    values: dict[str, Any] = {
        "task": f"npz:{tmp_path / 'others.npz'}", "runner": "serial", "generations": 1,
        "population": 4, "adult_epochs": 2, "juvenile_epochs": 1, "strategy": "nsga2",
        "results": str(tmp_path),
    }  # fmt: skip
    other = RunFolder(start(build(values), Witness()).folder)
    name = f"{other.path}/{best_of_front(other, Metric.load('accuracy'))}"
    with pytest.raises(BadInput, match="learnt other data than this run"):
        retrain(run, heir(run).id, 2, 1, teaching=TeachingPlan(name))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: retrain(run, "m001-0000"), "Did you mean 'm001-000'"),
        (lambda run: retrain(run, seeds=0), "--seeds: received 0"),
        (lambda run: retrain(run, epochs=-1), "--epochs: received -1"),
        (lambda run: retrain(run, average="emma"), "--average: unknown .* Did you mean 'ema'"),
    ],
)
def test_bad_input(run: RunFolder, call: Callable[[RunFolder], object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        call(run)


@pytest.mark.slow
def test_what_is_finished_survives_an_interruption(run: RunFolder) -> None:
    def interrupt(row: Retrained) -> None:
        raise KeyboardInterrupt

    identity = heir(run).id
    with pytest.raises(KeyboardInterrupt):
        retrain(run, identity, epochs=4, seeds=3, done=interrupt)
    kept = [row for row in read_retrained(run) if (row.genome, row.epochs) == (identity, 4)]
    assert [row.seed for row in kept] == [1]
