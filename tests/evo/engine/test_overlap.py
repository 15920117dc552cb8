"""Generations under way together: what is told when, and that no timing shapes the history."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evo.engine.engine import Limits
from evo.record.recorder import RunRecord
from evo.strategy import GenerationPlan, GenerationReport, Recall, TrialRequest
from fitness.evaluation import Evaluation, Job
from genomes.genes.genome import Genome
from runners.serial import SerialRunner
from tests.evo.engine.test_engine import FULL, engine_on, history, man, run
from tests.evo.toy import EARLY
from tests.evo.toy_run import Ear, ToyEvaluator

GENERATIONS = Limits(6)


class Latest(SerialRunner):
    """Does what was submitted last first, as if the older jobs were slow."""

    def results(self) -> Iterator[Evaluation]:
        while self._waiting:
            yield self._evaluator.evaluate(self._waiting.pop())


class Diary:
    """Notes when generations begin and are told; two stages each, of two men."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def generation(self, number: int) -> GenerationPlan:
        men = [man(f"m{number}-{place}", number + place) for place in (1, 7)]
        self.notes.append(f"begin {number}")
        yield [TrialRequest(genome, "juvenile", 0, EARLY) for genome in men]
        self.notes.append(f"juveniles {number}")
        yield [TrialRequest(genome, "adult", EARLY, FULL) for genome in men]
        self.notes.append(f"adults {number}")
        return GenerationReport(born=men)

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        raise AssertionError("what overlaps is replayed")


def test_a_generation_is_told_so_many_steps_after_it_asked(tmp_path: Path) -> None:
    diary = Diary()
    run(tmp_path / "run", strategy=diary, limits=Limits(4), overlap=1)
    assert diary.notes == [
        "begin 1", "juveniles 1", "adults 1",  # there must be somebody to breed from
        "begin 2",
        "begin 3", "juveniles 2",
        "begin 4", "adults 2", "juveniles 3",
        "adults 3", "juveniles 4",
        "adults 4",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert run(folder, limits=GENERATIONS, overlap=1) == "generations"
    return history(folder)


def test_an_overlapped_run_finishes_every_generation_and_differs(
    tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    ear = Ear()
    run(tmp_path / "run", limits=GENERATIONS, listener=ear)
    assert [summary["generation"] for summary in ear.summaries] == [1, 2, 3, 4, 5, 6]
    assert history(tmp_path / "run")["trials"] != undisturbed["trials"]
    assert {trial.generation for trial in undisturbed["trials"]} == {1, 2, 3, 4, 5, 6}


def test_who_is_fast_makes_no_difference(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    run(tmp_path / "run", limits=GENERATIONS, overlap=1, runner=Latest)
    assert history(tmp_path / "run") == undisturbed


class Killed(Exception):
    """Stands for kill -9."""


class Doomed(ToyEvaluator):
    """Is killed at its n-th job."""

    left = 0

    def evaluate(self, job: Job) -> Evaluation:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return super().evaluate(job)


class Honest(SerialRunner):
    """Lets the evaluator's end be the driver's."""

    def results(self) -> Iterator[Evaluation]:
        while self._waiting:
            yield self._evaluator.evaluate(self._waiting.popleft())


@pytest.mark.parametrize("jobs", [0, 3, 9, 14, 22, 30])
def test_killed_anywhere_it_goes_on_to_the_same_history(
    tmp_path: Path, jobs: int, undisturbed: dict[str, Any]
) -> None:
    folder, evaluator = tmp_path / "run", Doomed()
    evaluator.left = jobs
    with pytest.raises(Killed):
        run(folder, limits=GENERATIONS, overlap=1, evaluator=evaluator, runner=Honest)
    again = ToyEvaluator()
    assert run(folder, limits=GENERATIONS, overlap=1, evaluator=again) == "generations"
    assert history(folder) == undisturbed
    done = {job.name for job in evaluator.asked}
    assert len(evaluator.asked) == jobs
    assert not done & {job.name for job in again.asked}  # nothing is trained twice


def test_continued_beyond_its_end_it_is_as_if_it_had_been_asked_for_at_once(
    tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    folder = tmp_path / "run"
    assert run(folder, limits=Limits(4), overlap=1) == "generations"
    shutil.copytree(folder, tmp_path / "copy")
    assert run(folder, limits=GENERATIONS, overlap=1) == "generations"
    found, wanted = history(folder), dict(undisturbed)
    extra = set(found.pop("evaluations")) - set(wanted.pop("evaluations"))
    assert found == wanted
    # What the last generations of the shorter run chose without the next one's births.
    assert len(extra) <= 8


@pytest.mark.parametrize("budget", [EARLY * 6, 40, 73])
def test_a_budget_is_kept_with_generations_under_way(tmp_path: Path, budget: int) -> None:
    folder = tmp_path / "run"
    assert run(folder, limits=Limits(50, budget_epochs=budget), overlap=2) == "budget"
    with closing(RunRecord.open(folder)) as record:
        spent = sum(e.costs["epochs"] for e in record.store.evaluations())
    assert budget - FULL < spent <= budget


def test_twins_in_two_generations_are_trained_once(tmp_path: Path) -> None:
    class Twins(Diary):
        def generation(self, number: int) -> GenerationPlan:
            genome: Genome = man(f"m{number}", 1 if number < 2 else 2)
            answers: Sequence[Evaluation] = yield [TrialRequest(genome, "adult", 0, FULL)]
            self.notes += [answer.genome for answer in answers]
            return GenerationReport(born=[genome])

    twins, evaluator = Twins(), ToyEvaluator()
    run(tmp_path / "run", strategy=twins, evaluator=evaluator, limits=Limits(4), overlap=1)
    assert twins.notes == ["m1", "m2", "m3", "m4"]
    assert len(evaluator.asked) == 2


def test_an_interrupt_stops_what_is_under_way(tmp_path: Path) -> None:
    closed: list[bool] = []

    class Noting(SerialRunner):
        def results(self) -> Iterator[Evaluation]:
            for answer in super().results():
                try:
                    yield answer
                except GeneratorExit:
                    closed.append(bool(self._waiting))
                    raise

    class Interrupting(Ear):
        def generation(self, summary: Mapping[str, Any]) -> None:
            if summary["generation"] == 2:
                raise KeyboardInterrupt

    with closing(RunRecord.create(tmp_path / "run", "")) as record:
        engine = engine_on(
            record, listener=Interrupting(), runner=Noting, overlap=1, limits=GENERATIONS
        )
        with pytest.raises(KeyboardInterrupt):
            engine.run()
    assert closed == [True]
