"""The evaluator of a user's function: what it hands over and takes back, how failures are told."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fitness.evaluation import Evaluation, Job
from fitness.evaluators.function import FunctionEvaluator, Outcome
from fitness.evaluators.state_blob import pack_state, unpack_state
from genomes.genes.gene import Integer, ListOf, Record, Struct

SPACE = Struct({"x": Integer(0, 9), "layers": ListOf(Integer(0, 9), 0, 3)})


def evaluated(
    function: Any, from_epoch: int = 0, to_epoch: int = 4, checkpoint: Any = None, **more: Any
) -> Evaluation:
    expressed = Record(parameters=Record(x=3, layers=(1, 2)))
    blob = None if checkpoint is None else pack_state(checkpoint)
    job = Job("m1", expressed, Record(), "key", 11, from_epoch, to_epoch, 8, blob)
    return FunctionEvaluator(function, SPACE, {"loss": True, "size": False}, **more).evaluate(job)


def good(*_: Any) -> Outcome:
    return Outcome({"loss": 0.5, "size": 2.0})


def test_the_function_gets_parameters_epochs_seed_and_checkpoint() -> None:
    calls: list[Any] = []

    def function(*arguments: Any) -> Outcome:
        calls.append(arguments)
        return good()

    evaluated(function, 4, 8, {"epoch": 4})
    assert calls == [({"x": 3, "layers": [1, 2]}, 8, 11, {"epoch": 4})]


def test_an_outcome_becomes_an_evaluation() -> None:
    answer = evaluated(
        lambda *_: Outcome(
            {"loss": 0.5, "size": 2, "test": 0.7, "note": math.nan},
            curve=[0.9, 0.8, 0.7, 0.6],
            features={"norm": 3},
            checkpoint={"a": 1},
            flops=1e6,
        )
    )
    assert answer.status == "ok"
    assert answer.objectives == {"loss": 0.5, "size": 2.0, "test": 0.7}
    assert [(e.epoch, e.metric) for e in answer.curve] == [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6)]
    assert answer.features == {"norm": 3.0}
    assert unpack_state(answer.checkpoint or b"") == {"a": 1}
    assert (answer.costs["epochs"], answer.costs["training_flops"]) == (4.0, 1e6)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (range(8), [(5, 4), (6, 5), (7, 6), (8, 7)]),  # all since birth
        (range(4), [(5, 0), (6, 1), (7, 2), (8, 3)]),  # those of this call
        (range(2), [(6, 0), (8, 1)]),  # coarser
        ((), [(8, 0.5)]),  # none: the main objective stands for it
    ],
)
def test_curves_of_a_call_that_goes_on(curve: Any, expected: list[tuple[int, float]]) -> None:
    answer = evaluated(lambda *_: Outcome({"loss": 0.5, "size": 1.0}, list(curve)), 4, 8)
    assert [(epoch.epoch, epoch.metric) for epoch in answer.curve] == expected


def test_what_costs_know_need_not_be_returned() -> None:
    answer = evaluated(
        lambda *_: Outcome({"loss": 0.5}), costs=lambda p: {"size": p["x"], "hint": 1.0}
    )
    assert answer.objectives == {"loss": 0.5, "size": 3.0}


def _raises(*_: Any) -> Outcome:
    raise KeyError("data")


@pytest.mark.parametrize(
    ("function", "status", "reason"),
    [
        (_raises, "failed", "KeyError: 'data' (test_function.py, line "),
        (
            lambda *_: {"loss": 1.0},
            "failed",
            "returned {'loss': 1.0} of type dict, expected an evo",
        ),
        (lambda *_: Outcome({"loss": 1.0}), "failed", "no objective 'size', only ['loss']"),
        (lambda *_: Outcome({"loss": math.inf, "size": 1}), "diverged", "loss is inf"),
        (
            lambda *_: Outcome({"loss": "low", "size": 1}),
            "failed",
            "loss is 'low', a value of type str",
        ),
        (lambda *_: Outcome({"loss": 0.0, "size": 1}), "failed", "a log scale needs > 0"),
        (lambda *_: Outcome({"loss": 1, "size": 1}, checkpoint=object()), "failed", "type object"),
    ],
)
def test_whatever_goes_wrong_is_told_and_costs_its_epochs(
    function: Any, status: str, reason: str
) -> None:
    answer = evaluated(function)
    assert answer.status == status
    assert reason in answer.reason
    assert answer.objectives == {}
    assert answer.costs["epochs"] == 4.0


def test_ctrl_c_is_no_failure() -> None:
    def function(*_: Any) -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluated(function)
