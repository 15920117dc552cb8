from __future__ import annotations

from runners.job_queue import LOOK_AHEAD, PASSED_OVER, JobQueue, Waiting
from tests.runners.toys import job


def job_queue(*sizes: int) -> JobQueue:
    made = JobQueue()
    made.add(Waiting(job(f"j{n}"), size) for n, size in enumerate(sizes))
    return made


def name(waiting: Waiting | None) -> str:
    return waiting.job.genome if waiting else "nobody"


def test_jobs_go_in_order_and_a_repeated_one_comes_next() -> None:
    waiting = job_queue(1, 1, 1)
    first = waiting.next(lambda _: True)
    assert first is not None
    assert name(first) == "j0"
    waiting.again(first)
    assert len(waiting) == 3
    assert [name(waiting.next(lambda _: True)) for _ in range(4)] == ["j0", "j1", "j2", "nobody"]


def test_what_fits_goes_first_but_not_from_far_behind() -> None:
    waiting = job_queue(9, 9, 1, 1)
    assert name(waiting.next(lambda w: w.bytes < 5)) == "j2"
    assert name(waiting.next(lambda w: w.bytes > 5)) == "j0"
    far = job_queue(*([9] * LOOK_AHEAD), 1)
    assert name(far.next(lambda w: w.bytes < 5)) == "nobody"


def test_nobody_is_passed_over_for_ever() -> None:
    waiting = job_queue(9, *([1] * 100))
    passed = 0
    while waiting.next(lambda w: w.bytes < 5):
        passed += 1
    assert passed == PASSED_OVER
    assert name(waiting.next(lambda _: True)) == "j0"
    assert waiting.next(lambda w: w.bytes < 5) is not None


def test_who_wants_a_device_waits_apart() -> None:
    waiting = job_queue(1, 1)
    large = waiting.next(lambda _: True)
    assert large is not None
    assert not waiting.wants_a_device
    waiting.again(large, alone=True)
    assert waiting.wants_a_device
    assert name(waiting.next(lambda _: True)) == "j1"
    assert name(waiting.next(lambda _: True)) == "nobody"
    assert waiting.next_alone() is large
    waiting.again(large, alone=True)
    waiting.clear()
    assert len(waiting) == 0
