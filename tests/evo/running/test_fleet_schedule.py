"""Wall times of small schedules, worked out by hand."""

from __future__ import annotations

import pytest

from evo.running.fleet_schedule import schedule

STRAGGLER = ([1.0, 1.0, 1.0, 5.0], [2.0])


def test_without_overlap_everybody_waits_for_the_slowest() -> None:
    # two workers: 1 1 | 1, 5 until 6; the adult until 8; twice
    wall, busy = schedule([STRAGGLER, STRAGGLER], workers=2)
    assert wall == 16.0
    assert busy == pytest.approx(2 * 10.0 / (2 * 16.0))


def test_with_overlap_the_next_generation_fills_the_gap() -> None:
    # The first generation is over at 8. From there juveniles of the second (8 to 14, the other
    # worker free from 10) and of the third begin together; the last adults are done at 24.
    generations = [STRAGGLER, STRAGGLER, STRAGGLER]
    alone, _ = schedule(generations, workers=2)
    wall, busy = schedule(generations, workers=2, overlap=1)
    assert alone == 24.0
    assert wall < alone
    assert busy == pytest.approx(3 * 10.0 / (2 * wall))


def test_one_worker_is_always_busy() -> None:
    assert schedule([STRAGGLER] * 3, workers=1, overlap=1) == (30.0, 1.0)


def test_more_workers_than_jobs_wait_for_the_longest() -> None:
    assert schedule([STRAGGLER], workers=9)[0] == 7.0


def test_no_workers_are_refused() -> None:
    with pytest.raises(ValueError, match="workers=0"):
        schedule([STRAGGLER], workers=0)
