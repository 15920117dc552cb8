"""Networks with stated weights: set as they are, looked at and not trained."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from fitness.data.task_reference import TaskReference
from fitness.evaluation import Evaluation
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.given_weights import set_weights
from fitness.training.numerics import Numerics
from genomes.genes.gene import Record, freeze
from genomes.graph.sketch import Sketch
from genomes.networks.network import build
from tests.fitness.tiny import expressed, job

BIG = 20.0
# On bits as -1 and 1: either is on (the first neuron), but not both (the second).
XOR = {
    "neurons": [["na", "tanh"], ["nb", "tanh"]],
    "connections": [
        ["b", "na", BIG, True], ["b", "nb", -BIG, True],
        ["i0", "na", BIG, True], ["i0", "nb", BIG, True],
        ["i1", "na", BIG, True], ["i1", "nb", BIG, True],
        ["na", "o1", BIG, True], ["nb", "o1", -BIG, True], ["b", "o1", -BIG, True],
    ],
}  # fmt: skip


def genes(weights: str = "evolved", **changes: object) -> Record:
    base = expressed(**changes)
    return base.replacing(
        architecture=freeze({"family": "neat", "weights": weights, "topology": XOR}),
        epigenome=base["epigenome"].replacing(
            marks=("11111111",) * 6, initial_methylation=0.0, plasticity=0.0
        ),
    )


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return NetworkEvaluator(TaskReference("xor"), Numerics())


def test_an_evolved_network_is_measured_as_it_is(bench: NetworkEvaluator) -> None:
    answer = bench.evaluate(job(genes()))
    assert answer.status == "ok", answer.reason
    assert answer.objectives["accuracy"] == 1.0
    (epoch,) = answer.curve
    assert (epoch.epoch, epoch.gradient_norm) == (6, 0.0)
    assert epoch.train_loss == epoch.validation_loss < 1e-3  # the same four examples
    assert answer.costs["epochs"] == 1.0
    network = bench.network(genes(), answer.checkpoint or b"")
    assert network.get_parameter("logits.weight").tolist() == [[BIG, -BIG]]
    assert answer.costs["training_flops"] == 4 * network.spec.flops()


def test_a_juvenile_grows_up_without_change(bench: NetworkEvaluator) -> None:
    straight = bench.evaluate(job(genes()))
    juvenile = bench.evaluate(job(genes(), 0, 2))
    adult = bench.evaluate(job(genes(), 2, 6, checkpoint=juvenile.checkpoint))
    assert adult.checkpoint == straight.checkpoint
    assert adult.objectives == straight.objectives
    assert replaced(juvenile, 6) == replaced(straight, 6) == replaced(adult, 6)


def replaced(answer: Evaluation, epoch: int) -> list[object]:
    return [replace(seen, epoch=epoch) for seen in answer.curve]


def test_trained_weights_leave_those_of_the_genes_alone(bench: NetworkEvaluator) -> None:
    answer = bench.evaluate(job(genes("trained")))
    assert answer.status == "ok", answer.reason
    assert [epoch.epoch for epoch in answer.curve] == [1, 2, 3, 4, 5, 6]
    network = bench.network(genes("trained"), answer.checkpoint or b"")
    assert network.get_parameter("logits.weight").abs().max() < BIG / 2
    juvenile = bench.evaluate(job(genes("trained"), 0, 2))
    adult = bench.evaluate(job(genes("trained"), 2, 6, checkpoint=juvenile.checkpoint))
    assert juvenile.curve + adult.curve == answer.curve
    assert adult.checkpoint == answer.checkpoint


def test_marks_act_on_stated_weights(bench: NetworkEvaluator) -> None:
    shut = genes().replacing(
        epigenome=genes()["epigenome"].replacing(marks=("11110000",) + ("11111111",) * 5)
    )
    answer = bench.evaluate(job(shut))
    assert answer.status == "ok", answer.reason
    assert answer.objectives["active_ratio"] < 1.0
    assert answer.objectives["accuracy"] < 1.0


def test_a_loss_that_is_not_finite_is_a_divergence(bench: NetworkEvaluator) -> None:
    architecture = genes()["architecture"]
    connections = tuple(
        (s, t, 1e38 * w, on) for s, t, w, on in architecture["topology"]["connections"]
    )
    topology = architecture["topology"].replacing(connections=connections)
    wild = genes().replacing(architecture=architecture.replacing(topology=topology))
    answer = bench.evaluate(job(wild))
    assert (answer.status, answer.checkpoint) == ("diverged", None)
    assert not math.isfinite(answer.curve[-1].validation_loss)


def test_numbers_that_do_not_fit_are_refused() -> None:
    sketch = Sketch((2,))
    sketch.add("logits", "sparse_linear", "input", out_features=2, edges=((0, 1),), bias=True)
    network = build(sketch.finish())
    set_weights(network, {"logits": {"weight": (3.0,), "bias": (1.0, 2.0)}})
    assert torch.equal(network(torch.ones(1, 2)), torch.tensor([[4.0, 2.0]]))
    with pytest.raises(ValueError, match=r"2 numbers for logits\.weight, expected 1"):
        set_weights(network, {"logits": {"weight": (3.0, 1.0)}})


def test_gates_of_a_network_with_stated_weights_are_as_they_are_born(
    bench: NetworkEvaluator,
) -> None:
    gate = {"gate": "contextual", "gate_threshold": 0.4, "gate_blend": 0.5, "gate_memory": 2}
    gated = genes().replacing(epigenome=genes()["epigenome"].replacing(**gate, gate_pressure=0.01))
    straight = bench.evaluate(job(gated))
    juvenile = bench.evaluate(job(gated, 0, 2))
    adult = bench.evaluate(job(gated, 2, 6, checkpoint=juvenile.checkpoint))
    assert straight.status == "ok", straight.reason
    assert adult.checkpoint == straight.checkpoint
    assert adult.objectives == straight.objectives
