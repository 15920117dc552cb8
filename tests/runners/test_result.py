from __future__ import annotations

import sys

import pytest

from fitness.evaluation import Evaluation, Job
from genomes.genes.errors import describe
from runners.result import carry_out
from tests.runners.toys import Strangers, Sums, job


def test_an_answer_is_passed_on_as_it_is() -> None:
    asked = job("a")
    assert carry_out(Sums(), asked) == Sums().evaluate(asked)


def test_an_exception_becomes_a_failure_that_names_the_place() -> None:
    asked = job("a", wrong="no such layer")
    result = carry_out(Sums(), asked)
    assert (result.status, result.job, result.genome) == ("failed", asked.name, "a")
    assert result.reason.startswith("ZeroDivisionError: no such layer (toys.py, line ")
    assert result.objectives == {}
    assert result.checkpoint is None


def test_running_out_of_memory_has_its_own_status() -> None:
    result = carry_out(Sums(), job("a", memory=True))
    assert result.status == "out_of_memory"
    assert "too large" in result.reason


def test_an_evaluator_that_exits_does_not_end_the_run() -> None:
    class Exits:
        def evaluate(self, job: Job) -> Evaluation:
            sys.exit(3)

    assert carry_out(Exits(), job("a")).status == "failed"


def test_ctrl_c_is_no_failure_of_the_job() -> None:
    class Interrupted:
        def evaluate(self, job: Job) -> Evaluation:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(Interrupted(), job("a"))


def test_answers_to_something_else_are_failures() -> None:
    assert "'seventeen', expected an Evaluation" in carry_out(Strangers(), job("text")).reason
    assert "job 'another-0004', expected" in carry_out(Strangers(), job("other")).reason


def test_describe_an_exception_without_text_or_place() -> None:
    assert describe(KeyError("x")) == "KeyError: 'x'"
    assert describe(TimeoutError()) == "TimeoutError"
