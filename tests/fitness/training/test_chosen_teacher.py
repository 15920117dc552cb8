"""A network that learns from the teacher it was born with: lessons, costs, parts, keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from fitness.evaluation import Evaluation, Job
from fitness.regimen import Regimen, Teacher, Teaching
from fitness.training.checkpoint import unpack
from fitness.training.chosen_teacher import ChosenTeacher, determining
from fitness.training.inheritance import from_scratch
from fitness.training.lessons import Lessons
from fitness.training.loop import train_epoch
from fitness.training.state import under
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.fitness.tiny import evaluator, expressed, job

BENCH = evaluator()
TEACHER_GENES = expressed()
LINEAR = Record({"family": "mlp", "layers": (), "dropout": 0.0})


@pytest.fixture(scope="module")
def teacher() -> Evaluation:
    answer = BENCH.evaluate(job(TEACHER_GENES, 0, 3, seed=9))
    assert answer.status == "ok"
    return answer


def pupil(
    teacher: Evaluation, from_epoch: int = 0, to_epoch: int = 6, genes: Record | None = None,
    taught_by: Record = TEACHER_GENES, **others: Any
) -> Job:  # fmt: skip
    birth = ChosenTeacher(teacher.job, taught_by).added_to(Record())
    given = {"birth": birth, "teacher": teacher.checkpoint, **others}
    return job(willing() if genes is None else genes, from_epoch, to_epoch, **given)


def willing(**changes: Any) -> Record:
    temperature, weight = changes.pop("temperature", 3.0), changes.pop("weight", 0.4)
    return expressed(
        training__teaching=True,
        training__teaching_temperature=temperature,
        training__teaching_weight=weight,
        training__augmentation="shift",
        **changes,
    )


def test_its_genes_say_how_it_learns(teacher: Evaluation) -> None:
    """The same as one taught by hand with that temperature and weight."""
    assert teacher.checkpoint is not None
    by_hand = Teaching((Teacher(BENCH.spec(TEACHER_GENES), teacher.checkpoint),), 3.0, 0.4)
    bred = BENCH.evaluate(pupil(teacher, to_epoch=2))
    assert bred.status == "ok", bred.reason
    same = BENCH.evaluate(job(willing(), 0, 2, regimen=Regimen(teaching=by_hand)))
    assert (bred.curve, bred.checkpoint) == (same.curve, same.checkpoint)
    for other in (willing(temperature=1.0), willing(weight=0.8)):
        assert BENCH.evaluate(pupil(teacher, to_epoch=2, genes=other)).curve != bred.curve


def test_in_parts_as_at_once(teacher: Evaluation) -> None:
    whole = BENCH.evaluate(pupil(teacher))
    first = BENCH.evaluate(pupil(teacher, 0, 2))
    second = BENCH.evaluate(pupil(teacher, 2, 6, checkpoint=first.checkpoint))
    assert second.status == "ok", second.reason
    assert first.curve + second.curve == whole.curve
    assert second.checkpoint == whole.checkpoint


def test_without_a_teacher_the_genes_do_nothing(teacher: Evaluation) -> None:
    """So founders, who have none, are trained as if there were no teaching."""
    alone = BENCH.evaluate(job(willing(), 0, 2))
    plain = BENCH.evaluate(job(expressed(training__augmentation="shift"), 0, 2))
    assert (alone.curve, alone.checkpoint) == (plain.curve, plain.checkpoint)
    assert "teaching_flops" not in alone.costs
    assert BENCH.evaluate(pupil(teacher, to_epoch=2)).curve != alone.curve


def test_the_teachers_answers_are_paid(teacher: Evaluation) -> None:
    found = BENCH.evaluate(pupil(teacher, to_epoch=2)).costs
    alone = BENCH.evaluate(job(willing(), 0, 2)).costs
    examples = 2 * 96  # full batches of 16 in two epochs
    asked = BENCH.spec(TEACHER_GENES).flops() * examples
    assert found["teaching_flops"] == asked
    assert found["training_flops"] == alone["training_flops"] + asked


def test_the_teacher_sees_the_augmented_batch_and_learns_nothing(teacher: Evaluation) -> None:
    state = BENCH.training_state(pupil(teacher))
    assert isinstance(state.lessons, Lessons)
    (network,) = state.lessons.networks
    seen: dict[str, list[Tensor]] = {"teacher": [], "pupil": []}
    for name, module in (("teacher", network), ("pupil", state.network)):
        keep = seen[name].append
        module.register_forward_pre_hook(lambda _, x, keep=keep: keep(x[0].clone()))
    train_epoch(state, BENCH.data.train, 1)
    assert len(seen["teacher"]) == len(seen["pupil"]) == 6
    assert all(map(torch.equal, seen["teacher"], seen["pupil"]))
    originals = {x.numpy().tobytes() for x in BENCH.data.train.x.float()}
    batch = torch.cat(seen["teacher"])
    shifted = [x for x in batch if x.numpy().tobytes() not in originals]
    assert len(shifted) > len(batch) / 2
    assert not network.training
    assert teacher.checkpoint is not None
    trained = under("model.", unpack(teacher.checkpoint, {}))
    for name, value in network.state_dict().items():
        assert torch.equal(value, trained[name]), name


def test_a_teacher_may_be_of_another_family(teacher: Evaluation) -> None:
    genes = willing()
    small = genes.replacing(architecture=LINEAR)
    assert BENCH.evaluate(pupil(teacher, to_epoch=1, genes=small)).status == "ok"
    linear = TEACHER_GENES.replacing(architecture=LINEAR)
    other = BENCH.evaluate(job(linear, 0, 1))
    assert BENCH.evaluate(pupil(other, to_epoch=1, taught_by=linear)).status == "ok"


def test_missing_and_foreign_weights_of_a_teacher_fail(teacher: Evaluation) -> None:
    found = BENCH.evaluate(replace(pupil(teacher), teacher=None))
    assert found.status == "failed"
    assert f"received no weights of {teacher.job}, which teaches" in found.reason
    linear = TEACHER_GENES.replacing(architecture=LINEAR)
    found = BENCH.evaluate(pupil(teacher, taught_by=linear))
    assert found.status == "failed"
    assert "the checkpoint was made with network" in found.reason


def test_a_training_depends_on_the_genes_of_teaching_where_there_is_a_teacher(
    teacher: Evaluation,
) -> None:
    plain = expressed(training__augmentation="shift")
    born = pupil(teacher).birth
    ends = BENCH.interface
    assert determining(willing(), Record(), ends) == plain == determining(plain, Record(), ends)
    assert determining(willing(), born, ends) == willing()
    genome = Genome("m", "male", willing(), birth=Record({**born, "marks": ("1",)}))
    assert from_scratch(genome).birth == Record(marks=("1",))


def test_a_teacher_takes_memory(teacher: Evaluation) -> None:
    alone = replace(pupil(teacher), birth=Record())
    assert BENCH.job_bytes(pupil(teacher)) > BENCH.job_bytes(alone)
