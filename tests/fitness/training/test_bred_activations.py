"""Networks with bred functions in training: constants are learnt, kept, and handed on."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from safetensors.torch import load

from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.silencing.planned_ratio import planned_active_ratio
from fitness.training.flat import FlatParameters
from fitness.training.inheritance import Inheritance
from fitness.training.numerics import Numerics
from fitness.training.sample_batch import PROXIES
from genomes.genes.gene import Record
from genomes.graph.counting import count
from genomes.graph.masks import Masks
from genomes.networks.network import build
from tests.fitness.tiny import expressed, job

LEAKY = ("max", "x", "mul", "x", 0.125)
RIPPLE = ("div", "sub", "x", "tanh", "mul", "x", "x", "log", "x")
SHIFTED = ("add", "exp", "mul", "x", -0.5, 0.5)  # not zero at zero


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return evaluator()


def evaluator(**numerics: Any) -> NetworkEvaluator:
    reference = TaskReference("tests.fitness.tiny:make_task")
    return NetworkEvaluator(reference, Numerics(**numerics), tuple(PROXIES.names()))


def bred(*functions: object, **changes: Any) -> Record:
    genes = expressed(**changes)
    architecture = genes["architecture"]
    stages = tuple(
        stage.replacing(activation=function)
        for stage, function in zip(architecture["stages"], functions, strict=True)
    )
    return genes.replacing(architecture=architecture.replacing(stages=stages))


def learnt(checkpoint: bytes | None) -> dict[str, torch.Tensor]:
    assert checkpoint is not None
    return {k: v for k, v in load(checkpoint).items() if k.endswith(".constants")}


@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "nadam"])
@pytest.mark.parametrize("granularity", ["channel", "weight"])
def test_training_in_parts_equals_training_at_once(
    bench: NetworkEvaluator, optimizer: str, granularity: str
) -> None:
    changes = {"training__optimizer": optimizer, "pruning__granularity": granularity}
    genes = bred(LEAKY, SHIFTED, RIPPLE, **changes)
    straight = bench.evaluate(job(genes))
    assert straight.status == "ok", straight.reason
    young = bench.evaluate(job(genes, 0, 2))
    grown = bench.evaluate(job(genes, 2, 6, checkpoint=young.checkpoint))
    assert grown.checkpoint == straight.checkpoint
    assert young.curve + grown.curve == straight.curve
    constants = learnt(straight.checkpoint)
    assert any(k == "model.stage0_block0_out_activation.constants" for k in constants)
    assert all(v.tolist() not in ([0.125], [-0.5, 0.5]) for v in constants.values())


@pytest.mark.parametrize(
    "numerics", [{"precision": "bfloat16"}, {"memory_format": "channels_last"}]
)
def test_other_numerics_train_and_continue_too(numerics: dict[str, Any]) -> None:
    bench, genes = evaluator(**numerics), bred(LEAKY, SHIFTED, RIPPLE)
    straight = bench.evaluate(job(genes))
    assert straight.status == "ok", straight.reason
    young = bench.evaluate(job(genes, 0, 2))
    assert bench.evaluate(job(genes, 2, 6, checkpoint=young.checkpoint)).checkpoint == (
        straight.checkpoint
    )


def test_a_network_rebuilt_from_its_checkpoint_has_what_it_learnt(bench: NetworkEvaluator) -> None:
    genes = bred(LEAKY, "relu", RIPPLE)
    trained = bench.evaluate(job(genes))
    network = bench.network(genes, trained.checkpoint)
    for key, value in learnt(trained.checkpoint).items():
        assert torch.equal(network.get_parameter(key.removeprefix("model.")), value)


def test_constants_do_not_decay(bench: NetworkEvaluator) -> None:
    network = build(bench.spec(bred(LEAKY, SHIFTED, "relu")), seed=0)
    flat = FlatParameters(network)
    start, end = flat.plain.data_ptr(), flat.plain.data_ptr() + 4 * flat.plain.numel()
    constants = [p for name, p in network.named_parameters() if name.endswith(".constants")]
    assert constants
    assert all(start <= parameter.data_ptr() < end for parameter in constants)
    assert flat.decayed.numel() == sum(p.numel() for p in network.parameters() if p.dim() > 1)


def test_sons_take_over_what_was_learnt_unless_their_genes_say_otherwise(
    bench: NetworkEvaluator,
) -> None:
    father = bred(LEAKY, SHIFTED, "relu")
    trained = bench.evaluate(job(father))
    birth = Inheritance(trained.job, 6, father).added_to(Record())
    son = bred(LEAKY, ("add", "exp", "mul", "x", -0.25, 0.5), "relu", epigenome__inherited_scale=1)
    born = bench.evaluate(job(son, 0, 1, birth=birth, heritage=trained.checkpoint))
    assert born.status == "ok", born.reason
    assert 0.0 < born.costs["inherited_share"] < 1.0
    theirs, ours = learnt(trained.checkpoint), learnt(born.checkpoint)
    first = "model.stage0_block0_out_activation.constants"
    assert abs(ours[first] - theirs[first]) < abs(ours[first] - 0.125)  # one epoch away


def test_the_planned_ratio_is_that_of_the_counts(bench: NetworkEvaluator) -> None:
    genes = bred(LEAKY, SHIFTED, RIPPLE)
    spec = bench.spec(genes)
    open_marks = ("1" * 8,) * 6
    nothing = genes["pruning"].replacing(final_sparsity=(0.0,) * 6)
    assert planned_active_ratio(spec, nothing, open_marks) == 1.0
    assert count(spec, Masks({}, {})).active == spec.dense_parameters()
