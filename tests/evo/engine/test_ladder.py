"""The engine on a ladder of stages: a generation sends one batch a stage."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evo.engine.engine import Limits
from evo.record.recorder import RunRecord
from evo.strategy import Settings
from fitness.evaluation import Evaluation, Job, failure
from tests.evo.engine.test_engine import Backwards, copies, history, run, run_on
from tests.evo.engine.test_overlap import Doomed, Honest, Killed, Latest
from tests.evo.toy import FULL, toy_world
from tests.evo.toy_run import Ear, ToyEvaluator

STAGES = (1, 2, 4, FULL)
NAMES = ("juvenile", "juvenile-2", "juvenile-3", "adult")
LADDER: dict[str, Any] = {"stages": STAGES, "limits": Limits(3)}
KINDS = [
    pytest.param({"strategy": "gendered"}, id="gendered"),
    pytest.param({"strategy": "successive-halving"}, id="halving"),
    pytest.param({"strategy": "gendered", "overlap": 1, "limits": Limits(5)}, id="overlap"),
]


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> dict[str, Any]:
    return LADDER | request.param


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, kind: dict[str, Any]) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert run(folder, **kind) == "generations"
    return history(folder)


def test_stages_are_recorded_by_name_and_told_to_the_listener(
    tmp_path: Path, undisturbed: dict[str, Any], kind: dict[str, Any]
) -> None:
    assert {trial.stage for trial in undisturbed["trials"]} == set(NAMES)
    ear = Ear()
    run(tmp_path / "run", listener=ear, **kind)
    assert {stage for _, _, stage in ear.heard} == set(NAMES)
    assert history(tmp_path / "run") == undisturbed


@pytest.mark.parametrize("runner", [Backwards, Latest])
def test_the_order_of_the_answers_makes_no_difference(
    tmp_path: Path, undisturbed: dict[str, Any], kind: dict[str, Any], runner: Any
) -> None:
    run(tmp_path / "run", runner=runner, **kind)
    assert history(tmp_path / "run") == undisturbed


def test_killed_at_any_moment_it_ends_as_if_undisturbed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, Any],
    kind: dict[str, Any],
) -> None:
    for folder in copies(monkeypatch, tmp_path, 23, first=5, **kind):
        with closing(RunRecord.open(folder)) as record:
            known = {evaluation.job for evaluation in record.store.evaluations()}
        again = ToyEvaluator()
        assert run(folder, evaluator=again, **kind) == "generations"
        assert history(folder) == undisturbed, folder.name
        assert not known & {job.name for job in again.asked}  # nothing is trained twice


@pytest.mark.parametrize("jobs", [4, 9, 13, 21, 30])
def test_killed_while_training_it_goes_on_to_the_same_history(
    tmp_path: Path, undisturbed: dict[str, Any], kind: dict[str, Any], jobs: int
) -> None:
    evaluator = Doomed()
    evaluator.left = jobs
    with pytest.raises(Killed):
        run(tmp_path / "run", evaluator=evaluator, runner=Honest, **kind)
    again = ToyEvaluator()
    run(tmp_path / "run", evaluator=again, **kind)
    assert history(tmp_path / "run") == undisturbed
    assert not {job.name for job in evaluator.asked} & {job.name for job in again.asked}


@pytest.mark.parametrize("overlap", [0, 1])
def test_a_checkpoint_that_is_cut_is_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overlap: int
) -> None:
    taken = copies(monkeypatch, tmp_path, 31, overlap=overlap, **LADDER)
    undisturbed = history(tmp_path / "run")
    for folder in taken:
        for file in (folder / "checkpoints").glob("*.safetensors"):
            file.write_bytes(file.read_bytes()[:-3])
        run(folder, overlap=overlap, **LADDER)
        found = history(folder)
        assert {**found, "checkpoints": 0} == {**undisturbed, "checkpoints": 0}, folder.name


def test_continued_beyond_its_end_it_is_as_if_it_had_been_asked_for_at_once(
    tmp_path: Path, undisturbed: dict[str, Any], kind: dict[str, Any]
) -> None:
    """Those that wait at a rung lose their weights at the end, and are trained again by stages."""
    for generations in (1, 2):
        run(tmp_path / "run", **kind | {"limits": Limits(generations)})
    run(tmp_path / "run", **kind)
    found = history(tmp_path / "run")
    assert set(undisturbed["evaluations"]) <= set(found.pop("evaluations"))
    assert {**found, "evaluations": 0} == {**undisturbed, "evaluations": 0}


@pytest.mark.parametrize("budget", [6, 15, 31, 60, 97])
def test_a_budget_is_kept_and_hardly_anything_is_left(
    tmp_path: Path, kind: dict[str, Any], budget: int
) -> None:
    folder = tmp_path / "run"
    assert run(folder, **kind | {"limits": Limits(50, budget_epochs=budget)}) == "budget"
    with closing(RunRecord.open(folder)) as record:
        spent = sum(e.costs["epochs"] for e in record.store.evaluations())
    assert budget - FULL < spent <= budget


class Failing(ToyEvaluator):
    """Cannot train anybody between the first and the last stage."""

    def evaluate(self, job: Job) -> Evaluation:
        if job.from_epoch > 0 and job.to_epoch < FULL and int(job.key, 16) % 3 == 0:
            self.asked.append(job)
            return failure(job, "failed", "no luck")
        return super().evaluate(job)


def test_failures_on_the_way_that_are_retried_leave_no_trace(
    tmp_path: Path, undisturbed: dict[str, Any], kind: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    run(folder, evaluator=Failing(), **kind)
    assert history(folder) != undisturbed
    with closing(RunRecord.open(folder)) as record:
        assert record.retry_failed() > 0
        run_on(record, **kind)
    found = history(folder)
    for name in ("trials", "genomes", "predictions", "summaries", "strategy", "pareto.csv"):
        assert found[name] == undisturbed[name], name


def test_settings_name_the_decisions_in_order() -> None:
    settings: Settings = toy_world(stages=STAGES).settings
    assert settings.decisions == dict(zip(NAMES[:3], STAGES[:3], strict=True))
    assert (settings.juvenile_epochs, settings.adult_epochs) == (1, FULL)
    assert toy_world(stages=(FULL,)).settings.decisions == {}
