"""The last look at a front: who is measured again, on what, within which share of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from evo.findings.final_look import SHARE, LastLook, field_sizes
from evo.pareto.dominance import Axes, Axis
from evo.pareto.front import Front, Member
from evo.problems.network_problem import NetworkProblem
from evo.record.recorder import RunRecord
from evo.strategy import GenerationReport
from fitness.data.task import Task
from fitness.evaluation import Evaluation, Job, failure
from fitness.evaluators.network import NetworkEvaluator
from fitness.metric import Metric
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from runners.serial import SerialRunner
from tests.evo.toy import AXES, FULL
from tests.evo.toy_run import ToyProblem
from tests.fitness.data.test_folds import task

# width, validation accuracy; on folds a width reaches the accuracy in AGAIN
WIDTHS = {"m1": (2, 0.4), "m2": (8, 0.81), "m3": (16, 0.85), "m4": (60, 0.9)}
AGAIN = {2: 0.3, 8: 0.8, 16: 0.86, 60: 0.84}


@dataclass(frozen=True)
class Problem(ToyProblem):
    """The toy's problem with a task of four folds of 30, and a validation split of 30."""

    task: Task = field(default_factory=lambda: task(120, 30))


@dataclass
class Measures:
    """Measures a width as an accuracy; trainings on folds give what `AGAIN` says."""

    measured: list[tuple[int, bytes, str]] = field(default_factory=list)
    trained: list[Job] = field(default_factory=list)
    fails: int = 0  # this width diverges
    metric: str = "accuracy"

    def measure(self, expressed: Record, checkpoint: bytes, split: str) -> float:
        width = expressed["parameters"]["width"]
        self.measured.append((width, checkpoint, split))
        return float(width) / 100

    def evaluate(self, job: Job) -> Evaluation:
        self.trained.append(job)
        width = job.expressed["parameters"]["width"]
        if self.fails == width:
            return failure(job, "diverged", "the loss is NaN")
        objectives = {self.metric: risen(self.metric, AGAIN[width])}
        return Evaluation(job.name, job.genome, job.key, 0, FULL, "ok", objectives=objectives)

    def folds(self) -> dict[str, list[int]]:
        """Return on which folds each genome was trained."""
        found: dict[str, list[int]] = {}
        for job in self.trained:
            found.setdefault(job.genome, []).append(job.fold)
        return found


def risen(metric: str, value: float) -> float:
    """Return a value of a metric that is as good as the value of one of which more is better."""
    return value if Metric.load(metric).rises else 1.0 - value


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
    born = GenerationReport(born=[man(identity) for identity in WIDTHS])
    record.finish_generation(1, born, {}, {"strategy": {}}, front)
    yield record
    record.close()


def measure(
    record: RunRecord, front: Front, evaluator: Measures, epochs: float = 1e6
) -> list[dict[str, Any]]:
    """Look at the front of a run that took so many epochs; by default there is plenty."""
    problem, networks = cast(NetworkProblem, Problem()), cast(NetworkEvaluator, evaluator)
    metric = Metric.load(evaluator.metric)
    look = LastLook(record, problem, networks, SerialRunner(evaluator), metric)
    return look.measure(front, epochs, [].append)


def test_all_are_tested_and_those_near_the_best_are_trained_on_folds(
    record: RunRecord, front: Front
) -> None:
    evaluator = Measures()
    rows = measure(record, front, evaluator)
    assert [row["genome"] for row in rows] == ["m1", "m2", "m3", "m4"]
    assert [row["test_accuracy"] for row in rows] == [0.02, 0.08, 0.16, 0.6]
    assert [row["remeasured_accuracy"] for row in rows][1:] == pytest.approx([0.8, 0.86, 0.84])
    assert rows[0]["remeasured_accuracy"] is None  # 50 points behind, of 30 examples
    assert evaluator.measured[1] == (8, b"of m2", "test")
    assert {job.fold for job in evaluator.trained} == {1, 2, 3, 4}


def test_the_least_accurate_so_far_drop_out(record: RunRecord, front: Front) -> None:
    evaluator = Measures()
    rows = measure(record, front, evaluator)
    assert evaluator.folds() == {"m4": [1, 2, 3, 4], "m3": [1, 2, 3, 4], "m2": [1, 2, 3]}
    assert [row["remeasured_examples"] for row in rows] == [None, 90, 120, 120]


def test_trainings_on_folds_start_from_nothing_and_are_other_trainings(
    record: RunRecord, front: Front
) -> None:
    evaluator = Measures()
    measure(record, front, evaluator)
    keys = {job.key for job in evaluator.trained}
    assert len(keys) == len(evaluator.trained)
    for job in evaluator.trained:
        first = ToyProblem().job(man(job.genome), 0, FULL)
        assert (job.from_epoch, job.to_epoch, job.checkpoint) == (0, FULL, None)
        assert job.expressed == first.expressed
        assert first.key not in keys


@pytest.mark.parametrize("epochs", [0.0, 100.0, 300.0, 700.0, 5000.0])
def test_it_takes_its_share_of_the_epochs_but_pays_for_one_network(
    record: RunRecord, front: Front, epochs: float
) -> None:
    evaluator = Measures()
    measure(record, front, evaluator, epochs)
    assert 4 * FULL <= FULL * len(evaluator.trained) <= max(4 * FULL, SHARE * epochs)
    assert "m4" in evaluator.folds()


@pytest.mark.parametrize(
    ("trainings", "folds", "candidates", "sizes"),
    [
        (100, 4, 3, [3, 3, 3, 2]),
        (22, 4, 9, [7, 6, 5, 4]),
        (24, 4, 9, [7, 6, 5, 4]),
        (26, 4, 9, [8, 7, 6, 4]),
        (4, 4, 9, [1, 1, 1, 1]),
        (9, 2, 9, [6, 3]),
        (9, 4, 0, []),
    ],
)
def test_half_of_the_first_field_is_left_at_the_last_fold(
    trainings: int, folds: int, candidates: int, sizes: list[int]
) -> None:
    assert field_sizes(trainings, folds, candidates) == sizes


def test_who_is_larger_and_no_more_accurate_is_no_contender(
    record: RunRecord, front: Front
) -> None:
    twin = Member("m4b", 1, "m4b-0008", {"accuracy": 0.9, "active_parameters": 3600.0})
    front.add(twin)
    assert len(front.members()) == 5
    evaluator = Measures()
    measure(record, front, evaluator)
    assert set(evaluator.folds()) == {"m4", "m3", "m2"}


def test_what_was_measured_is_not_measured_again(record: RunRecord, front: Front) -> None:
    first = measure(record, front, Measures())
    again = Measures()
    assert measure(record, front, again) == first
    assert not again.measured
    assert not again.trained


def test_it_enters_the_history_only_as_columns_of_the_front(
    record: RunRecord, front: Front
) -> None:
    evaluations = record.store.evaluations()
    rows = measure(record, front, Measures())
    assert record.store.evaluations() == evaluations
    record.end("generations", front)
    head, *lines = record.folder.pareto.read_text().splitlines()
    assert head.endswith(",test_accuracy,remeasured_accuracy,remeasured_examples")
    assert [line.split(",")[0] for line in lines] == [row["genome"] for row in rows]
    assert lines[2].split(",")[-3:] == ["0.16", str(rows[2]["remeasured_accuracy"]), "120"]


def test_a_network_that_fails_on_a_fold_is_out(record: RunRecord, front: Front) -> None:
    evaluator = Measures(fails=60)
    rows = measure(record, front, evaluator)
    assert evaluator.folds() == {"m4": [1], "m3": [1, 2, 3, 4], "m2": [1, 2, 3, 4]}
    assert rows[3]["remeasured_accuracy"] is None
    assert all(row["test_accuracy"] for row in rows)


def test_lost_and_damaged_weights_leave_a_gap(record: RunRecord, front: Front) -> None:
    jobs = {member.genome: member.job for member in front.members()}
    folder = record.folder.checkpoints.path
    (folder / f"{jobs['m1']}.safetensors").unlink()
    (folder / f"{jobs['m4']}.safetensors").write_bytes(b"o")
    evaluator = Measures()
    rows = measure(record, front, evaluator)
    assert [row["test_accuracy"] for row in rows] == [None, 0.08, 0.16, None]
    assert set(evaluator.folds()) == {"m2", "m3"}  # what cannot be handed over is no contender
    assert any("is damaged" in event.text for event in record.store.events())


def test_an_empty_front_has_nothing_to_measure(record: RunRecord) -> None:
    assert measure(record, Front(AXES), Measures()) == []


# -- other metrics -------------------------------------------------------------------------------


def front_of(metric: str, values: dict[str, float]) -> Front:
    """Return the same front by another metric, whose reference is as bad as 0."""
    rises = Metric.load(metric).rises
    worst, ideal = risen(metric, 0.0), risen(metric, 1.0)
    axis = Axis(metric, "max" if rises else "min", worst, ideal)
    found = Front(Axes((axis, AXES.axes[1])))
    for identity, value in values.items():
        width = WIDTHS[identity][0]
        objectives = {metric: risen(metric, value), "active_parameters": float(width**2)}
        job = ToyProblem().job(man(identity), 2, FULL).name
        found.add(Member(identity, 1, job, objectives))
    return found


VALUES = {identity: value for identity, (_, value) in WIDTHS.items()}


@pytest.mark.parametrize("metric", ["r2", "rmse"])
def test_of_other_metrics_who_is_near_the_best_of_the_front_is_trained_on_folds(
    record: RunRecord, metric: str
) -> None:
    """From 0.4 to 0.9 a quarter of the range is 0.125; the worst on folds drops out."""
    evaluator = Measures(metric=metric)
    rows = measure(record, front_of(metric, VALUES), evaluator)
    assert evaluator.folds() == {"m4": [1, 2, 3, 4], "m3": [1, 2, 3, 4], "m2": [1, 2, 3]}
    assert [row[f"remeasured_{metric}"] for row in rows] == [
        None,
        *(pytest.approx(risen(metric, value)) for value in (0.8, 0.86, 0.84)),
    ]
    assert [row[f"test_{metric}"] for row in rows] == [0.02, 0.08, 0.16, 0.6]


@pytest.mark.parametrize("metric", ["r2", "rmse"])
def test_who_is_beyond_the_reference_makes_no_range_wider(record: RunRecord, metric: str) -> None:
    """From 0.81 to 0.9 a quarter is 0.0225: nobody else is so near."""
    evaluator = Measures(metric=metric)
    measure(record, front_of(metric, {**VALUES, "m1": -50.0}), evaluator)
    assert set(evaluator.folds()) == {"m4"}
