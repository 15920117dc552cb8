"""The record as the engine uses it: what is safe when, which weights are kept, how it rewinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.files.atomic_file import RecordError
from evo.pareto.dominance import Axes, Axis
from evo.pareto.front import Front, Member
from evo.record.recorder import NOT_REPRODUCIBLE, RunRecord
from evo.record.store import Store
from evo.strategy import GenerationReport, Prediction, TrialRequest
from fitness.evaluation import Evaluation, Job
from fitness.training.chosen_teacher import ChosenTeacher
from fitness.training.inheritance import Inheritance
from genomes.chromosomes.plain_predictors import PLAIN
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.evo.toy_run import written_front

AXES = Axes((Axis("accuracy", "max", 0.1, 1.0), Axis("active_parameters", "min", 1000.0, 0.0)))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[RunRecord]:
    record = RunRecord.create(tmp_path / "run", "seed = 3\n")
    yield record
    record.close()


def male(identity: str, **genes: object) -> Genome:
    return Genome(identity, "male", Record(training=Record(genes)))


def job(key: str, from_epoch: int = 0, to_epoch: int = 2) -> Job:
    return Job("m1", Record(), Record(), key, 0, from_epoch, to_epoch, 8)


def answer(job: Job, checkpoint: bytes | None = b"weights", **changes: object) -> Evaluation:
    evaluation = Evaluation(job.name, job.genome, job.key, job.from_epoch, job.to_epoch, "ok")
    return replace(evaluation, checkpoint=checkpoint, **changes)  # type: ignore[arg-type]


def member(genome: str, accuracy: float, parameters: float, key: str = "k") -> Member:
    objectives = {"accuracy": accuracy, "active_parameters": parameters}
    return Member(genome, 1, job(key, 2, 8).name, objectives)


def front(*members: Member) -> Front:
    found = Front(AXES)
    for one in members:
        found.add(one)
    return found


def finish(
    record: RunRecord, number: int, front: Front, report: GenerationReport | None = None
) -> None:
    state = {"strategy": {"number": number}}
    record.finish_generation(
        number, report or GenerationReport(), {"generation": number}, state, front
    )


# -- one evaluation ------------------------------------------------------------------------------


def test_an_evaluation_is_found_without_its_weights(record: RunRecord) -> None:
    record.add_evaluation(answer(job("k"), objectives={"accuracy": 0.5}), "juvenile")
    assert record.find("k-0002") == answer(job("k"), None, objectives={"accuracy": 0.5})
    assert record.find("k-0008") is None


def test_evaluations_that_come_in_a_rush_are_safe_once_trials_are_told(
    record: RunRecord,
) -> None:
    jobs = [job(f"k{i}") for i in range(50)]
    for one in jobs:
        record.add_evaluation(answer(one, None), "adult")
    assert set(record.find_all([one.name for one in jobs])) == {one.name for one in jobs}
    last = job("last")
    record.add_evaluation(answer(last, None), "adult")
    record.add_trials(1, [TrialRequest(male("m1"), "adult", 0, 2)], [last])
    with closing(RunRecord.open(record.folder.path, read_only=True)) as reader:
        assert [e.job for e in reader.store.evaluations()] == [o.name for o in [*jobs, last]]


def test_nobody_is_recorded_twice_in_a_generation(record: RunRecord) -> None:
    adam, eve = male("m1", rate=0.1), male("m2", rate=0.2)
    record.add_born(1, [adam])
    finish(record, 1, front(), GenerationReport(born=[adam, eve]))
    assert record.store.genomes(generation=1) == [adam, eve]
    record.rewind()
    other = male("m2", rate=0.3)  # the same id in another history
    record.add_born(2, [other])
    finish(record, 2, front(), GenerationReport(born=[other]))
    assert record.genome("m2") == other


def test_a_continuation_gets_the_weights_it_goes_on_from(record: RunRecord) -> None:
    record.add_evaluation(answer(job("k"), b"after two"), "juvenile")
    adult = job("k", 2, 8)
    assert record.with_checkpoint(adult) == replace(adult, checkpoint=b"after two")
    assert record.with_checkpoint(job("k")) == job("k")
    with pytest.raises(KeyError, match="no checkpoint of other-0002"):
        record.with_checkpoint(job("other", 2, 8))


def test_weights_that_are_cut_count_as_not_found(record: RunRecord) -> None:
    record.add_evaluation(answer(job("k")), "juvenile")
    assert record.weights("k-0002") == b"weights"
    assert record.weights("none-0002") is None
    (record.folder.checkpoints.path / "k-0002.safetensors").write_bytes(b"wei")
    assert record.find("k-0002") is None
    assert record.weights("k-0002") is None
    assert all("damaged" in event.text for event in record.store.events())
    record.add_evaluation(answer(job("k")), "juvenile")  # trained again
    assert record.find("k-0002") is not None
    assert record.weights("k-0002") == b"weights"


def test_a_failure_is_found_again_and_noted(record: RunRecord) -> None:
    failed = answer(job("k"), None, status="diverged", reason="the loss is NaN")
    record.add_evaluation(failed, "juvenile")
    assert record.find("k-0002") == failed
    (event,) = record.store.events()
    assert (event.level, event.text) == ("warning", "m1 diverged: the loss is NaN")
    assert NOT_REPRODUCIBLE not in record.store.meta()
    record.add_evaluation(replace(failed, status="timed_out", reason="60 s"), "juvenile")
    assert record.store.meta()[NOT_REPRODUCIBLE] == "m1 timed_out: 60 s"


# -- a generation --------------------------------------------------------------------------------


def test_a_finished_generation_is_all_there(record: RunRecord) -> None:
    boy, girl = male("m1"), Genome("f1", "female", Record(predictor=Record(PLAIN)))
    record.add_born(1, [boy])
    record.add_evaluation(answer(job("k", 2, 8)), "adult")
    record.add_trials(1, [TrialRequest(boy, "adult", 2, 8)], [job("k", 2, 8)])
    predicted = Prediction("f1", "m1", "juvenile", {"accuracy": 0.4})
    finish(record, 1, front(member("m1", 0.5, 100.0)), GenerationReport([boy, girl], [predicted]))
    assert record.finished_generations() == 1
    assert record.store.genomes(generation=1) == [boy, girl]
    assert record.paid() == {"k-0008"}
    assert [row.predicted for row in record.store.predictions()] == [{"accuracy": 0.4}]
    assert record.rewind() == (1, {"strategy": {"number": 1}})
    assert written_front(record) == [
        {"genome": "m1", "generation": "1", "accuracy": "0.5", "active_parameters": "100.0",
         "inherited_epochs": "0", "inherited_share": "0.0"}
    ]  # fmt: skip


def test_a_generation_is_recorded_whole_or_not_at_all(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RecordError("the disk is full")

    monkeypatch.setattr(Store, "add_generation", full)
    with pytest.raises(RecordError):
        finish(
            record,
            1,
            front(),
            GenerationReport([male("m1")], [Prediction("f", "m1", "candidate", {})]),
        )
    assert record.store.genomes() == []
    assert record.store.predictions() == []
    assert record.folder.snapshots.numbers() == []


def test_only_the_front_keeps_its_weights(record: RunRecord) -> None:
    for key in ("a", "b"):
        record.add_evaluation(answer(job(key)), "juvenile")
        record.add_evaluation(answer(job(key, 2, 8)), "adult")
    finish(record, 1, front(member("m1", 0.5, 100.0, "a"), member("m2", 0.4, 200.0, "b")))
    assert record.folder.checkpoints.names() == {"a-0008"}
    assert record.find("a-0008") is not None
    assert record.find("b-0008") is None  # its weights would have to be trained again
    assert record.store.find_evaluation("b-0008") is not None
    assert record.store.events() == [e for e in record.store.events() if e.level == "info"]


def test_all_weights_are_kept_on_request(record: RunRecord) -> None:
    record.keep_all = True
    for key in ("a", "b"):
        record.add_evaluation(answer(job(key, 2, 8)), "adult")
    finish(record, 1, front(member("m1", 0.5, 100.0, "a"), member("m2", 0.4, 200.0, "b")))
    record.end("generations", front(member("m1", 0.5, 100.0, "a")))
    assert record.folder.checkpoints.names() == {"a-0008", "b-0008"}
    assert record.weights("b-0008") == b"weights"


def test_the_same_front_gives_the_same_bytes(record: RunRecord) -> None:
    one, two = member("m1", 1 / 3, 7.0, "a"), member("m2", 0.5, 100.0, "b")
    record.write_front(front(one, two))
    first = record.folder.pareto.read_bytes()
    record.write_front(front(two, one))
    assert record.folder.pareto.read_bytes() == first
    assert first.splitlines()[1].startswith(b"m1,1,0.3333333333333333,7.0")


def test_without_adults_there_is_no_front(record: RunRecord) -> None:
    finish(record, 1, front())
    assert written_front(record) == []


# -- inherited weights ---------------------------------------------------------------------------


def heir(parent: Job) -> Job:
    birth = Inheritance(parent.name, 8, Record()).added_to(Record())
    return replace(job("child"), birth=birth)


def grown_up(record: RunRecord, *names: str) -> None:
    for name in names:
        one = job(name, 2, 8)
        record.add_evaluation(answer(one, name.encode()), "adult")
        record.add_trials(1, [TrialRequest(male(name), "adult", 2, 8)], [one])


def test_a_child_gets_the_weights_it_inherits(record: RunRecord) -> None:
    grown_up(record, "dad")
    child = heir(job("dad", 2, 8))
    assert record.with_checkpoint(child) == replace(child, heritage=b"dad")
    later = replace(child, from_epoch=2, to_epoch=8)  # goes on from weights of its own
    record.add_evaluation(answer(child, b"own"), "juvenile")
    assert record.with_checkpoint(later) == replace(later, checkpoint=b"own")


@pytest.mark.parametrize("content", [None, b"cut"])
def test_lost_weights_of_a_parent_are_an_error_that_names_the_file(
    record: RunRecord, content: bytes | None
) -> None:
    grown_up(record, "dad")
    file = record.folder.checkpoints.path / "dad-0008.safetensors"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(
        RecordError, match=r"missing or damaged.*checkpoints/dad-0008\.safetensors"
    ):
        record.with_checkpoint(heir(job("dad", 2, 8)))


def test_a_child_gets_the_weights_of_its_teacher_at_every_stage(record: RunRecord) -> None:
    grown_up(record, "dad", "teacher")
    chosen = ChosenTeacher(job("teacher", 2, 8).name, Record())
    child = replace(heir(job("dad", 2, 8)), birth=chosen.added_to(heir(job("dad", 2, 8)).birth))
    assert record.with_checkpoint(child) == replace(child, heritage=b"dad", teacher=b"teacher")
    later = replace(child, from_epoch=2, to_epoch=8)
    record.add_evaluation(answer(child, b"own"), "juvenile")
    expected = replace(later, checkpoint=b"own", teacher=b"teacher")
    assert record.with_checkpoint(later) == expected
    (record.folder.checkpoints.path / "teacher-0008.safetensors").unlink()
    with pytest.raises(RecordError, match=r"m1 learns from the network of .*teacher-0008"):
        record.with_checkpoint(later)


def test_parents_keep_their_weights_until_the_generation_after_their_last(
    record: RunRecord,
) -> None:
    def kept(number: int, *parents: str) -> set[str]:
        state = {"strategy": {"number": number}}
        record.finish_generation(number, GenerationReport(), {}, state, front(), parents)
        return record.folder.checkpoints.names()

    grown_up(record, "a", "b", "c")
    assert kept(1, "a", "b") == {"a-0008", "b-0008"}
    assert kept(2, "b") == {"a-0008", "b-0008"}  # the second snapshot may be damaged
    assert kept(3, "b") == {"b-0008"}
    assert record.rewind() is not None
    record.end("generations", front())
    assert record.folder.checkpoints.names() == {"b-0008"}  # it may be continued
    assert kept(4) == {"b-0008"}
    assert kept(5) == set()


# -- going back ----------------------------------------------------------------------------------


def test_rewinding_forgets_the_history_after_the_snapshot_but_no_training(
    record: RunRecord,
) -> None:
    finish(record, 1, front(), GenerationReport([male("m1")]))
    record.add_born(2, [male("m2")])
    record.add_evaluation(answer(job("k")), "juvenile")
    record.add_trials(2, [TrialRequest(male("m2"), "juvenile", 0, 2)], [job("k")])
    record.store.add_generation(2, {"generation": 2})  # killed before its snapshot
    assert record.rewind() == (1, {"strategy": {"number": 1}})
    assert record.finished_generations() == 1
    assert [genome.id for genome in record.store.genomes()] == ["m1"]
    assert record.paid() == set()
    assert record.find("k-0002") is not None


def test_a_damaged_snapshot_takes_it_one_further_back(record: RunRecord) -> None:
    finish(record, 1, front())
    finish(record, 2, front())
    (record.folder.snapshots.path / "000002.json.gz").write_bytes(b"half")
    assert record.rewind() == (1, {"strategy": {"number": 1}})
    assert any("going back" in event.text for event in record.store.events())


def test_a_snapshot_of_a_generation_that_is_not_recorded_does_not_count(record: RunRecord) -> None:
    """A mirror that was cut off holds newer snapshots than its database."""
    finish(record, 1, front())
    record.folder.write_snapshot(2, {"strategy": {"number": 2}})
    assert record.rewind() == (1, {"strategy": {"number": 1}})
    finish(record, 2, front())
    assert record.rewind() == (2, {"strategy": {"number": 2}})


def test_without_any_snapshot_it_starts_anew(record: RunRecord) -> None:
    record.add_born(1, [male("m1")])
    assert record.rewind() is None
    assert record.store.genomes() == []


def test_individuals_are_recalled_with_what_is_known_of_them(record: RunRecord) -> None:
    first, twin = male("m1", x=1), male("m2", x=1)
    record.add_born(1, [first, twin])
    record.add_evaluation(answer(job("k"), objectives={"accuracy": 0.5}), "juvenile")
    trials = [TrialRequest(genome, "juvenile", 0, 2) for genome in (first, twin)]
    record.add_trials(1, trials, [job("k"), job("k")])
    recalled = record.recall("m2", AXES)
    assert recalled.genome == twin
    assert recalled.juvenile is not None
    assert (recalled.juvenile.genome, recalled.juvenile.objectives) == ("m2", {"accuracy": 0.5})
    assert recalled.adult is None
    assert (recalled.fitness.weights, recalled.fitness.valid) == ((1.0, -1.0), False)
    with pytest.raises(KeyError, match="nobody"):
        record.recall("nobody", AXES)


def test_adults_come_back_in_order_without_those_who_failed(record: RunRecord) -> None:
    grown = {"m1": "ok", "m2": "diverged", "m3": "ok"}
    for number, (identity, status) in enumerate(grown.items(), 1):
        asked = job(identity, 2, 8)
        objectives = {"accuracy": number / 10}
        record.add_born(number, [male(identity)])
        record.add_evaluation(answer(asked, status=status, objectives=objectives), "adult")
        record.add_trials(number, [TrialRequest(male(identity), "adult", 2, 8)], [asked])
    assert record.adults() == [
        Member("m1", 1, "m1-0008", {"accuracy": 0.1}),
        Member("m3", 3, "m3-0008", {"accuracy": 0.3}),
    ]


# -- the whole run -------------------------------------------------------------------------------


def test_why_it_ended_is_forgotten_when_it_goes_on(record: RunRecord) -> None:
    assert record.reason() is None
    record.add_evaluation(answer(job("k")), "juvenile")
    record.end("minutes", front())
    assert record.reason() == "minutes"
    assert record.folder.checkpoints.names() == set()
    record.rewind()
    assert record.reason() is None


def test_measurements_are_kept(record: RunRecord, tmp_path: Path) -> None:
    assert record.measurement("m1", "test", 0) is None
    record.add_measurement("m1", "test", 0, 0.25)
    assert record.measurement("m1", "test", 0) == 0.25
    assert record.measurement("m1", "test", 1) is None
    record.close()
    again = RunRecord.open(tmp_path / "run", read_only=True)
    assert again.measurement("m1", "test", 0) == 0.25
    again.close()


def test_founders_are_kept(record: RunRecord) -> None:
    assert record.founders() == ()
    founders = (male("m001-000", rate=0.1), Genome("f7", "female", Record(), ("a", "b")))
    record.add_founders(founders)
    assert record.founders() == founders


def test_a_run_passes_on_its_front_and_its_females(record: RunRecord) -> None:
    females = [Genome(f"f{n}", "female", Record(predictor=Record())) for n in (1, 2)]
    born = [male("m1"), male("m2"), male("m3"), *females]
    members = front(member("m1", 0.5, 10.0, "a"), member("m3", 0.9, 90.0, "b"))
    state = {"strategy": {"predictors": {"females": [{"id": "f2"}]}}}
    record.finish_generation(1, GenerationReport(born), {}, state, members)
    assert [genome.id for genome in record.legacy(["m3", "m1"])] == ["m3", "m1", "f2"]


def test_an_existing_run_is_neither_made_nor_opened_twice(
    record: RunRecord, tmp_path: Path
) -> None:
    assert record.folder.config.read_text() == "seed = 3\n"
    with pytest.raises(BadInput, match="exists already"):
        RunRecord.create(tmp_path / "run", "seed = 4\n")
    assert record.folder.config.read_text() == "seed = 3\n"
    with pytest.raises(BadInput, match="does not exist"):
        RunRecord.open(tmp_path / "other")
