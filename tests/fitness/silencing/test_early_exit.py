"""Early exit in training: how many positions go on is measured, and so is what that spares."""

from __future__ import annotations

from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from tests.fitness.tiny import job
from tests.fitness.tiny_text import control


def test_expected_flops_follow_from_the_exits_of_validation_data() -> None:
    task = TaskReference("tests.fitness.tiny_text:make_task")
    bench = NetworkEvaluator(task, Numerics(), requested=("expected_flops",))
    genes = control(control=False, exits=True, exit_confidence=0.25, masked_stream=True)
    found = bench.evaluate(job(genes, to_epoch=2, adult_epochs=2))
    assert found.status == "ok", found.reason
    share = found.curve[-1].traces["open_block0_exit"]
    assert 0.0 <= share < 1.0
    assert found.objectives["expected_flops"] < found.objectives["flops"]
    assert found.objectives["active_ratio"] < 1.0
