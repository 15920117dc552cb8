"""The last look at a front: who is measured again, and that nothing is measured twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from evo.final import measure_front
from evo.front import Front, Member
from evo.record import RunRecord
from evo.strategy import Account
from fitness.evaluation import Evaluation, Job, failure
from fitness.network_evaluator import NetworkEvaluator
from genomes.gene import Record
from genomes.genome import Genome
from runners.serial import SerialRunner
from tests.evo.toy import AXES, FULL
from tests.evo.toy_run import ToyProblem

# Four adults on the front; m4 the most accurate, m1 the smallest, m3 at the knee.
WIDTHS = {"m1": (2, 0.4), "m2": (8, 0.5), "m3": (16, 0.85), "m4": (60, 0.9)}


@dataclass
class Measures:
    """Measures a width as an accuracy; the toy's second training gives 0.75."""

    measured: list[tuple[int, bytes, str]] = field(default_factory=list)
    trained: list[Job] = field(default_factory=list)
    fails: bool = False

    def measure(self, expressed: Record, checkpoint: bytes, split: str) -> float:
        width = expressed["parameters"]["width"]
        self.measured.append((width, checkpoint, split))
        return float(width) / 100

    def evaluate(self, job: Job) -> Evaluation:
        self.trained.append(job)
        if self.fails:
            return failure(job, "diverged", "the loss is NaN")
        objectives = {"accuracy": 0.75}
        return Evaluation(job.name, job.genome, job.key, 0, FULL, "ok", objectives=objectives)


def man(identity: str) -> Genome:
    width, _ = WIDTHS[identity]
    return Genome(identity, "male", Record(parameters=Record(width=width), predictor=Record()))


@pytest.fixture
def front() -> Front:
    found = Front(AXES)
    for identity, (width, accuracy) in WIDTHS.items():
        job = ToyProblem().job(man(identity), 2, FULL).name
        objectives = {"accuracy": accuracy, "active_parameters": float(width**2)}
        found.add(Member(identity, 1, job, objectives))
    return found


@pytest.fixture
def record(tmp_path: Path, front: Front) -> Iterator[RunRecord]:
    record = RunRecord.create(tmp_path / "run", "")
    for member in front.members():
        job = ToyProblem().job(man(member.genome), 2, FULL)
        weights = f"of {member.genome}".encode()
        evaluation = Evaluation(job.name, job.genome, job.key, 2, FULL, "ok", checkpoint=weights)
        record.add_evaluation(evaluation, "adult")
    born = Account(born=[man(identity) for identity in WIDTHS])
    record.finish_generation(1, born, {}, {"strategy": {}}, front)
    yield record
    record.close()


def measure(record: RunRecord, front: Front, evaluator: Measures) -> list[dict[str, Any]]:
    networks = cast(NetworkEvaluator, evaluator)
    return measure_front(record, front, ToyProblem(), networks, SerialRunner(evaluator))


def test_all_are_tested_and_a_few_trained_again(record: RunRecord, front: Front) -> None:
    evaluator = Measures()
    rows = measure(record, front, evaluator)
    assert [row["genome"] for row in rows] == ["m1", "m2", "m3", "m4"]
    assert [row["test_accuracy"] for row in rows] == [0.02, 0.08, 0.16, 0.6]
    assert [row["second_accuracy"] for row in rows] == [0.75, None, 0.75, 0.75]
    assert [row["accuracy"] for row in rows] == [0.4, 0.5, 0.85, 0.9]
    assert evaluator.measured[1] == (8, b"of m2", "test")


def test_the_second_training_is_whole_and_under_another_key(
    record: RunRecord, front: Front
) -> None:
    evaluator = Measures()
    measure(record, front, evaluator)
    for job in evaluator.trained:
        first = ToyProblem().job(man(job.genome), 0, FULL)
        assert (job.from_epoch, job.to_epoch, job.checkpoint) == (0, FULL, None)
        assert job.expressed == first.expressed
        assert job.key != first.key


def test_what_was_measured_is_not_measured_again(record: RunRecord, front: Front) -> None:
    first = measure(record, front, Measures())
    again = Measures()
    assert measure(record, front, again) == first
    assert not again.measured
    assert not again.trained


def test_nothing_of_it_enters_the_history(record: RunRecord, front: Front) -> None:
    before = record.folder.pareto.read_bytes()
    evaluations = record.store.evaluations()
    measure(record, front, Measures())
    assert record.folder.pareto.read_bytes() == before
    assert record.store.evaluations() == evaluations


def test_a_second_training_that_fails_leaves_a_gap(record: RunRecord, front: Front) -> None:
    rows = measure(record, front, Measures(fails=True))
    assert {row["second_accuracy"] for row in rows} == {None}
    assert all(row["test_accuracy"] for row in rows)


def test_lost_and_damaged_weights_leave_a_gap(record: RunRecord, front: Front) -> None:
    jobs = {member.genome: member.job for member in front.members()}
    folder = record.folder.checkpoints.path
    (folder / f"{jobs['m1']}.safetensors").unlink()
    (folder / f"{jobs['m2']}.safetensors").write_bytes(b"o")
    rows = measure(record, front, Measures())
    assert [row["test_accuracy"] for row in rows] == [None, None, 0.16, 0.6]
    assert any("is damaged" in event.text for event in record.store.events())


def test_an_empty_front_has_nothing_to_measure(record: RunRecord) -> None:
    assert measure(record, Front(AXES), Measures()) == []
