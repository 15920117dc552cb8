"""When a run stops because nothing succeeds, counted on literal evaluations."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evo.engine.all_failed import ALL_FAILED, PATIENCE, Tally, commonest_reason
from fitness.evaluation import Evaluation, Status


def evaluation(number: int, status: Status = "failed", reason: str = "no") -> Evaluation:
    return Evaluation(f"job-{number}", f"m-{number}", "k", 0, 1, status, reason)


def failures(count: int, first: int = 0) -> list[Evaluation]:
    return [evaluation(number) for number in range(first, first + count)]


@pytest.mark.parametrize(
    ("before", "leading", "straw"),
    [
        (0, failures(PATIENCE - 1), None),
        (0, failures(PATIENCE + 5), PATIENCE),
        (PATIENCE - 2, failures(5, PATIENCE - 2), 2),
        (PATIENCE - 2, failures(1, PATIENCE - 2), None),
        (0, [*failures(PATIENCE - 1), evaluation(99, "ok"), *failures(9, 100)], None),
        (5, failures(PATIENCE - 1), None),  # the first five are the same trainings
    ],
)
def test_the_last_straw(before: int, leading: Sequence[Evaluation], straw: int | None) -> None:
    tally = Tally()
    for failed in failures(before):
        tally.add(failed)
    assert tally.last_straw(leading) == straw


def test_after_a_success_no_failure_counts_any_more() -> None:
    tally = Tally()
    tally.add(evaluation(0, "ok"))
    assert tally.last_straw(failures(10 * PATIENCE, 1)) is None
    tally.add(evaluation(1))
    assert tally.ending("budget") == "budget"


def test_a_run_without_a_success_ends_as_that_whatever_ended_it() -> None:
    assert Tally().ending("minutes") == "minutes"  # nothing was tried
    assert Tally(failed={"job-1"}).ending("budget") == ALL_FAILED


def test_what_is_recorded_counts_as_far_as_the_history_asked_for_it() -> None:
    statuses = {"a": "failed", "b": "diverged", "c": "ok"}
    assert Tally.of(statuses, {"a", "b"}) == Tally(False, {"a", "b"})
    assert Tally.of(statuses, {"a", "c"}) == Tally(True, {"a"})
    assert Tally.of(statuses, set()) == Tally()


def test_reasons_that_differ_in_numbers_alone_are_one() -> None:
    found = [
        evaluation(0, reason="ValueError: width (mine.py, line 3)"),
        evaluation(1, reason="KeyError: lr 0.1 (mine.py, line 7)"),
        evaluation(2, reason="KeyError: lr 2e-5 (mine.py, line 7)"),
        evaluation(3, "diverged", reason="loss is nan"),
    ]
    assert commonest_reason(found) == (
        "All 4 trainings failed, 2 of them for this reason: "
        "failed: KeyError: lr 0.1 (mine.py, line 7)."
    )
    assert commonest_reason(found[:1]) == (
        "The only training failed. failed: ValueError: width (mine.py, line 3)."
    )
    assert commonest_reason([]) == ""
