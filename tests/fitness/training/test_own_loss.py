"""A loss of the user takes the target's place in training; one that cannot be used is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evo.problems.network_problem import NetworkProblem
from evo.settings.config import RunConfig, resolve
from fitness.data.arrays import UnusableData
from fitness.training.numerics import Numerics
from fitness.training.own_loss import OwnLoss
from genomes.genes.gene import Fixed
from genomes.genes.genome import Genome
from tests.fitness.tiny import evaluator, expressed, job

HERE = "tests.fitness.training.own_losses:"
BENCH = evaluator()
GENES = expressed(training__label_smoothing=0.0)


def test_the_targets_loss_as_the_users_is_the_same_training_and_another_one_is_not() -> None:
    plain = BENCH.evaluate(job(GENES, 0, 2))
    same = replace(BENCH, own_loss=OwnLoss(HERE + "cross_entropy")).evaluate(job(GENES, 0, 2))
    assert same.checkpoint == plain.checkpoint
    for one, other in zip(same.curve, plain.curve, strict=True):
        assert one.train_loss == other.train_loss
        assert one.validation_loss == pytest.approx(other.validation_loss)
        assert one.metric == other.metric
    other = replace(BENCH, own_loss=OwnLoss(HERE + "squared")).evaluate(job(GENES, 0, 2))
    assert other.status == "ok"
    assert other.curve[-1].validation_loss < 0.5 < plain.curve[-1].validation_loss


def test_it_is_part_of_a_trainings_key_and_nothing_smooths_labels() -> None:
    config = resolve(RunConfig(device="cpu"), BENCH.task)
    named = (None, HERE + "squared", HERE + "cross_entropy")
    problems = [
        NetworkProblem.of(BENCH.task, [], {**config.model_dump(), "loss": one}, {}, Numerics())
        for one in named
    ]
    genome = Genome("m", "male", GENES)
    assert len({one.job(genome, 0, 2).key for one in problems}) == 3
    smoothing = [p.space.chromosomes["training"].fields["label_smoothing"] for p in problems]
    assert [gene == Fixed(0.0) for gene in smoothing] == [False, True, True]


@pytest.mark.parametrize("name", ["cross_entropy", "squared"])
def test_what_can_be_learnt_by_is_taken(name: str) -> None:
    OwnLoss(HERE + name).check(BENCH.task)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("number", "returned a float"),
        ("vector", r"returned a tensor of shape \(8,\)"),
        ("infinite", "returned inf"),
        ("detached", "does not depend on the outputs"),
        ("level", "gives outputs no gradient"),
        ("steep", "gives outputs a gradient that is not finite"),
        ("for_values", "raised .*own_losses.py, line"),
        ("squred", "unknown function 'squred'. Did you mean 'squared'"),
    ],
)
def test_what_cannot_is_refused_with_the_shapes(name: str, message: str) -> None:
    with pytest.raises(UnusableData, match=message) as refused:
        OwnLoss(HERE + name).check(BENCH.task)
    if name != "squred":
        assert f"for outputs {(8, BENCH.task.target.outputs)} and targets (8,), int64" in str(
            refused.value
        )


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UnusableData, match=r"received loss 'squared', expected package\.module:"):
        OwnLoss("squared").check(BENCH.task)
