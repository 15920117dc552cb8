"""A child that starts from its parent's weights: what it is at first, and what is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from fitness.evaluation import Evaluation, Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.checkpoint import unpack
from fitness.training.inheritance import Inheritance
from fitness.training.state import under
from genomes.genes.gene import Record
from tests.fitness.tiny import evaluator, expressed, job

GENES = expressed(
    epigenome__initial_methylation=0.0,
    epigenome__plasticity=0.0,
    epigenome__inherited_scale=1.0,
    epigenome__marks=("11111111",) * 6,
    pruning__final_sparsity=(0.0,) * 6,
    architecture__dropout=0.0,
)


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return evaluator()


@pytest.fixture(scope="module")
def father(bench: NetworkEvaluator) -> Evaluation:
    answer = bench.evaluate(job(GENES, to_epoch=12, adult_epochs=12))
    assert answer.status == "ok"
    return answer


def child(father: Evaluation, genes: Record = GENES, *, to_epoch: int = 6, **others: Any) -> Job:
    birth = Inheritance(father.job, 12, GENES).added_to(Record())
    given = {"birth": birth, "heritage": father.checkpoint, **others}
    return job(genes, to_epoch=to_epoch, **given)


def test_a_child_like_its_father_starts_where_he_ended(
    bench: NetworkEvaluator, father: Evaluation
) -> None:
    assert father.checkpoint is not None
    trained = under("model.", unpack(father.checkpoint, {}))
    training_state = bench.training_state(child(father))
    for name, value in training_state.network.state_dict().items():
        assert torch.equal(value, trained[name]), name
    shrunk = bench.training_state(child(father, altered(inherited_scale=0.5)))
    fresh = bench.training_state(job(GENES))
    name = "stage0_block0_conv.weight"
    expected = 0.5 * trained[name] + 0.5 * fresh.network.get_parameter(name)
    torch.testing.assert_close(shrunk.network.get_parameter(name), expected)


def altered(**epigenome: Any) -> Record:
    return GENES.replacing(epigenome=GENES["epigenome"].replacing(**epigenome))


def test_it_is_ahead_after_an_epoch(bench: NetworkEvaluator, father: Evaluation) -> None:
    genes = GENES.replacing(training=GENES["training"].replacing(learning_rate=0.005))
    heir = bench.evaluate(child(father, genes, to_epoch=1))
    other = bench.evaluate(job(genes, to_epoch=1))
    assert heir.curve[0].validation_loss < 0.8 * other.curve[0].validation_loss


@pytest.mark.parametrize("width", [6, 10, 16])
def test_in_parts_it_equals_one_straight_training_bit_for_bit(
    bench: NetworkEvaluator, father: Evaluation, width: int
) -> None:
    stages = [stage.replacing(width=width) for stage in GENES["architecture"]["stages"]]
    architecture = GENES["architecture"].replacing(stages=tuple(stages))
    genes = GENES.replacing(architecture=architecture)
    straight = bench.evaluate(child(father, genes))
    juvenile = bench.evaluate(child(father, genes, to_epoch=2))
    later = child(father, genes, checkpoint=juvenile.checkpoint, heritage=None)
    adult = bench.evaluate(replace(later, from_epoch=2))
    assert straight.status == adult.status == "ok", adult.reason
    assert juvenile.curve + adult.curve == straight.curve
    assert adult.checkpoint == straight.checkpoint


def test_what_was_inherited_is_recorded(bench: NetworkEvaluator, father: Evaluation) -> None:
    answer = bench.evaluate(child(father, to_epoch=1))
    assert answer.costs["inherited_share"] == 1.0
    assert answer.costs["inherited_epochs"] == 12.0
    assert answer.costs["epochs"] == 1.0
    assert "inherited_share" not in father.costs


def test_without_the_fathers_weights_it_fails(bench: NetworkEvaluator, father: Evaluation) -> None:
    answer = bench.evaluate(child(father, heritage=None))
    assert answer.status == "failed"
    assert f"received no weights of {father.job}" in answer.reason


def test_weights_of_somebody_else_are_refused(bench: NetworkEvaluator, father: Evaluation) -> None:
    stages = GENES["architecture"]["stages"][:1]
    genes = GENES.replacing(architecture=GENES["architecture"].replacing(stages=stages))
    other = bench.evaluate(job(genes, to_epoch=1))
    answer = bench.evaluate(child(father, heritage=other.checkpoint))
    assert answer.status == "failed"
    assert "the checkpoint was made with network" in answer.reason


def test_masks_of_the_father_are_his_own(bench: NetworkEvaluator) -> None:
    """Weights under marks that were closed are copied; what is closed the child decides."""
    closed = altered(marks=("00001111",) * 6)
    father = bench.evaluate(job(closed, to_epoch=2))
    assert father.checkpoint is not None
    training_state = bench.training_state(
        replace(child(father), birth=Inheritance(father.job, 6, closed).added_to(Record()))
    )
    trained = under("model.", unpack(father.checkpoint, {}))
    name = "stage0_block0_conv.weight"
    assert torch.equal(training_state.network.get_parameter(name), trained[name])
    assert all(bool(mask.all()) for mask in training_state.network.channel_masks().values())
