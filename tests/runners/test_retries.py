from __future__ import annotations

from runners.retries import LIMITS, Retries


def test_each_cause_is_bounded_by_itself() -> None:
    retries = Retries()
    assert [retries.again("a", "worker died") for _ in range(3)] == [True, True, False]
    assert retries.again("a", "node lost")  # costs none of the job's own tries, and is not cut
    assert [retries.again("a", "out of memory") for _ in range(2)] == [True, False]
    assert retries.again("b", "worker died")
    assert retries.count("a", "worker died") == 3


def test_nodes_that_are_lost_are_bounded_too() -> None:
    retries = Retries()
    tries = [retries.again("a", "node lost") for _ in range(LIMITS["node lost"] + 1)]
    assert tries == [True] * 20 + [False]


def test_a_job_that_is_answered_begins_anew() -> None:
    retries = Retries()
    retries.again("a", "worker died")
    retries.forget("a")
    assert retries.count("a", "worker died") == 0
