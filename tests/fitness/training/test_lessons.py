"""Teachers: losses by hand, no pull where both say the same, in parts as at once, keys."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from fitness.data.text.vocabulary import Vocabulary
from fitness.data.text.windows import SKIPPED
from fitness.evaluation import Job
from fitness.regimen import Regimen, Teacher, Teaching
from fitness.targets.classes import Classes
from fitness.targets.labels import Labels
from fitness.targets.next_token import NextToken
from fitness.targets.values import Values
from genomes.genes.gene import Record
from tests.fitness.tiny import evaluator, expressed, job

BENCH = evaluator()
LINEAR = Record({"family": "mlp", "layers": (), "dropout": 0.0})
TEACHER_GENES = expressed(training__augmentation="none")


def tokens(*known: bytes) -> NextToken:
    return NextToken(Vocabulary("character", known))


def teacher(seed: int = 9) -> Teacher:
    trained = BENCH.evaluate(job(TEACHER_GENES, 0, 2, seed=seed))
    assert trained.checkpoint is not None
    return Teacher(BENCH.spec(TEACHER_GENES), trained.checkpoint)


def lesson(regimen: Regimen, from_epoch: int = 0, to_epoch: int = 6, **others: object) -> Job:
    genes = expressed(training__augmentation="shift", pruning__granularity="weight")
    return job(genes, from_epoch, to_epoch, regimen=regimen, **others)


def test_divergence_of_classes_by_hand() -> None:
    """Teacher 3/4 and 1/4 at temperature 2, student even: 4 KL."""
    said = Classes(2).softened(torch.tensor([[2 * math.log(3.0), 0.0]]), 2.0)
    assert torch.allclose(said, torch.tensor([[0.75, 0.25]]))
    found = Classes(2).teaching_loss(torch.zeros(1, 2), said, torch.tensor([0]), 2.0)
    divergence = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert found.item() == pytest.approx(4 * divergence, rel=1e-5)
    weighted = replace(Classes(2), factors=(3.0, 1.0))
    found = weighted.teaching_loss(torch.zeros(1, 2), said, torch.tensor([0]), 2.0)
    assert found.item() == pytest.approx(12 * divergence, rel=1e-5)


def test_divergence_of_labels_is_the_mean_of_their_binary_ones() -> None:
    teacher_logits = torch.tensor([[2 * math.log(3.0), 0.0]])
    target = Labels(count=2)
    said = target.softened(teacher_logits, 2.0)
    found = target.teaching_loss(torch.zeros(1, 2), said, torch.zeros(1, 2), 2.0)
    divergence = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert found.item() == pytest.approx(4 * divergence / 2, rel=1e-5)
    sure = target.softened(torch.tensor([[1000.0, -1000.0]]), 1.0)  # 1 and 0, without a NaN
    found = target.teaching_loss(torch.zeros(1, 2), sure, torch.zeros(1, 2), 1.0)
    assert found.item() == pytest.approx(math.log(2.0), rel=1e-5)


def test_values_are_compared_as_they_are() -> None:
    target = Values(mean=(0.0, 0.0), deviation=(1.0, 1.0))
    outputs, said = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 4.0]])
    found = target.teaching_loss(outputs, target.softened(said, 9.0), outputs, 9.0)
    assert found.item() == pytest.approx((1 + 4) / 2)


def test_tokens_are_compared_where_positions_count() -> None:
    target, y = tokens(b"a", b"b"), torch.tensor([[0, 1, SKIPPED]])
    said = target.softened(torch.tensor([[[math.log(3.0), 0.0, 5.0], [0.0, 0.0, 0.0]]]), 1.0)
    found = target.teaching_loss(torch.zeros(1, 2, 3), said, y, 1.0)
    divergence = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert found.item() == pytest.approx(divergence / 2, rel=1e-5)  # one of two positions


def test_the_loss_is_mixed_from_data_and_the_mean_of_teachers() -> None:
    both = teacher(9), teacher(10)
    state = BENCH.training_state(lesson(Regimen(teaching=Teaching(both, 3.0, 0.25))))
    assert state.lessons is not None
    x, y = BENCH.data.train.chosen(slice(8)).x, BENCH.data.train.chosen(slice(8)).y
    outputs = state.network.eval()(x)
    target, loss = BENCH.task.target, torch.tensor(1.5)
    logits = [BENCH.network(TEACHER_GENES, t.checkpoint)(x) for t in both]
    said = torch.stack([(one / 3.0).softmax(1) for one in logits]).mean(0)
    taught = target.teaching_loss(outputs, said, y, 3.0)
    found = state.paid(loss, outputs, x, y)
    assert found.item() == pytest.approx((0.75 * 1.5 + 0.25 * taught).item(), rel=1e-5)


def test_a_network_that_is_only_taught_comes_to_agree_with_its_teacher() -> None:
    one = teacher()
    x = BENCH.data.train.chosen(slice(64)).x
    said = BENCH.network(TEACHER_GENES, one.checkpoint)(x).softmax(1)

    def distance(regimen: Regimen) -> float:
        genes = TEACHER_GENES.replacing(architecture=LINEAR)
        found = BENCH.evaluate(job(genes, regimen=regimen, seed=3))
        assert found.checkpoint is not None
        answers = BENCH.network(genes, found.checkpoint)(x).softmax(1)
        return (answers - said).square().mean().item()

    assert distance(Regimen(teaching=Teaching((one,), 1.0, 1.0))) < 0.7 * distance(Regimen())


@pytest.mark.parametrize("average", ["none", "ema"])
def test_in_parts_as_at_once(average: str) -> None:
    regimen = Regimen(average, Teaching((teacher(),)))
    whole = BENCH.evaluate(lesson(regimen))
    assert whole.status == "ok", whole.reason
    first = BENCH.evaluate(lesson(regimen, 0, 4))
    second = BENCH.evaluate(lesson(regimen, 4, 6, checkpoint=first.checkpoint))
    assert second.checkpoint == whole.checkpoint
    untaught = BENCH.evaluate(lesson(Regimen(average)))
    assert untaught.curve != whole.curve
    assert untaught.costs["training_flops"] < whole.costs["training_flops"]


def test_keys_tell_teachers_temperatures_and_weights_apart() -> None:
    one = Teacher(BENCH.spec(TEACHER_GENES), b"one")
    lessons = [
        Teaching((one,)),
        Teaching((one,), temperature=4.0),
        Teaching((one,), weight=0.9),
        Teaching((Teacher(BENCH.spec(TEACHER_GENES), b"two"),)),
        Teaching((Teacher(BENCH.spec(TEACHER_GENES.replacing(architecture=LINEAR)), b"one"),)),
        Teaching((one, one)),
    ]
    keys = {Regimen(average, some).identity for average in ("none", "ema") for some in lessons}
    assert len(keys) == 2 * len(lessons)
    assert (
        Teaching((one,)).identity
        == Teaching((Teacher(BENCH.spec(TEACHER_GENES), b"one"),)).identity
    )


def test_numbers_that_are_not_allowed() -> None:
    one = Teacher(BENCH.spec(TEACHER_GENES), b"")
    for temperature in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="received temperature"):
            Teaching((one,), temperature)
    for weight in (0.0, 1.5, math.nan):
        with pytest.raises(ValueError, match="received teaching weight"):
            Teaching((one,), 2.0, weight)
    with pytest.raises(ValueError, match="received no teacher"):
        Teaching(())
