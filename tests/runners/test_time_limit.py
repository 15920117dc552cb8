from __future__ import annotations

import math
from dataclasses import replace

import pytest

from runners.time_limit import LEAST_SECONDS, TIMES, TimeLimit
from tests.runners.toys import job

SHORT, LONG = job("a"), replace(job("b"), to_epoch=40)  # 4 and 40 epochs


def test_a_number_holds_for_every_job() -> None:
    limit = TimeLimit(2.5)
    limit.learn(SHORT, 1000.0)
    assert limit.seconds(SHORT) == limit.seconds(LONG) == 2.5
    assert limit.reason(SHORT) == "stopped after the hard limit of 2.5 seconds"
    assert TimeLimit(math.inf).seconds(SHORT) == math.inf


@pytest.mark.parametrize("wrong", [0, -1.0, math.nan])
def test_a_limit_is_above_zero(wrong: float) -> None:
    with pytest.raises(ValueError, match="hard_limit_seconds"):
        TimeLimit(wrong)


def test_without_a_number_the_slowest_epoch_so_far_sets_it() -> None:
    limit = TimeLimit()
    assert limit.seconds(SHORT) is None  # nothing is known yet
    limit.settle()
    limit.learn(SHORT, 0.1)
    assert limit.seconds(SHORT) is None  # the slow ones are still at it
    limit.settle()
    assert limit.seconds(LONG) == LEAST_SECONDS
    limit.learn(SHORT, 40.0)
    limit.learn(SHORT, 4.0)
    assert limit.seconds(LONG) == TIMES * 10.0 * 40
    assert limit.seconds(SHORT) == TIMES * 10.0 * 4
    assert "20 times" in limit.reason(LONG)
    assert "8000 seconds" in limit.reason(LONG)
