"""Layers that ask for something on top of the loss are paid, once a step, in parts as at once."""

from __future__ import annotations

import pytest
import torch

from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from tests.fitness.tiny import job
from tests.fitness.tiny_text import control


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return NetworkEvaluator(TaskReference("tests.fitness.tiny_text:make_task"), Numerics())


def test_a_step_pays_for_experts_that_are_unequally_busy(bench: NetworkEvaluator) -> None:
    state = bench.training_state(job(control(control=False, experts=4)))
    train = bench.data.train
    x, y = train.x[:8], train.y[:8]
    outputs = state.network.train()(x)
    loss = state.loss(train.target, outputs, y)
    paid = state.paid(loss, outputs, x, y)
    # Of each of the two layers .01 where all experts are equally busy, .02 where only two are.
    assert 0.015 < (paid - loss).item() < 0.04
    assert torch.equal(state.paid(loss, outputs, x, y), loss)
    paid.backward()  # type: ignore[no-untyped-call]
    gradient = state.network.get_parameter("block0_experts.weight").grad
    assert gradient is not None
    assert bool(gradient.any())


def test_networks_with_experts_train_in_parts_as_at_once(bench: NetworkEvaluator) -> None:
    genes = control(control=False, experts=4, masked_stream=True)
    straight = bench.evaluate(job(genes, to_epoch=2, adult_epochs=2))
    young = bench.evaluate(job(genes, to_epoch=1, adult_epochs=2))
    adult = bench.evaluate(job(genes, 1, 2, adult_epochs=2, checkpoint=young.checkpoint))
    assert straight.status == "ok", straight.reason
    assert adult.checkpoint == straight.checkpoint
