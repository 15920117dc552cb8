"""Context control in training: gates close where it costs, and parts equal one training."""

from __future__ import annotations

import pytest

from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from tests.fitness.tiny import job
from tests.fitness.tiny_text import control


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    task = TaskReference("tests.fitness.tiny_text:make_task")
    return NetworkEvaluator(task, Numerics(), requested=("expected_flops",))


def test_gates_close_under_pressure_and_expected_flops_say_so(bench: NetworkEvaluator) -> None:
    cheap, dear = (
        bench.evaluate(job(control(control_pressure=pressure))) for pressure in (1e-4, 1.0)
    )
    assert cheap.status == dear.status == "ok", (cheap.reason, dear.reason)
    traces = dear.curve[-1].traces
    shares = {name: share for name, share in traces.items() if name.startswith("open_")}
    assert set(shares) == {f"open_block{n}_{part}" for n in (0, 1) for part in ("heads", "hidden")}
    assert min(shares.values()) < 0.9
    assert all(cheap.curve[-1].traces[name] >= share for name, share in shares.items())
    assert dear.objectives["expected_flops"] < dear.objectives["flops"]
    assert dear.objectives["active_ratio"] < cheap.objectives["active_ratio"]


def test_trained_in_parts_it_is_the_same_network(bench: NetworkEvaluator) -> None:
    genes = control(control_pressure=0.5, masked_stream=True)
    straight = bench.evaluate(job(genes, to_epoch=4, adult_epochs=4))
    young = bench.evaluate(job(genes, to_epoch=2, adult_epochs=4))
    adult = bench.evaluate(job(genes, 2, 4, adult_epochs=4, checkpoint=young.checkpoint))
    assert young.curve + adult.curve == straight.curve
    assert adult.checkpoint == straight.checkpoint
    assert adult.objectives == straight.objectives


def test_without_gates_expected_flops_are_those_of_a_pass(bench: NetworkEvaluator) -> None:
    plain = bench.evaluate(job(control(control=False), to_epoch=1, adult_epochs=1))
    assert plain.objectives["expected_flops"] == plain.objectives["flops"]
