"""The byte counters, on devices of a hundred bytes, of which 92 are usable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runners.packing import USABLE, Packing

A, B = ("node", "0"), ("node", "1")


def packed(*workers: int, size: int | None = 100, idle: int = 0) -> Packing:
    packing = Packing()
    for worker in workers:
        packing.join(worker, A, size, idle)
    return packing


def test_jobs_are_admitted_while_their_sum_fits() -> None:
    packing = packed(1, 2, 3)
    packing.take(1, 50)
    assert packing.admits(2, 42)
    assert not packing.admits(2, 43)
    packing.take(2, 42)
    assert not packing.admits(3, 1)
    packing.release(1)
    assert packing.admits(3, 50)


def test_what_workers_hold_when_idle_is_taken_already() -> None:
    packing = packed(1, 2, idle=20)
    packing.take(1, 30)
    assert packing.admits(2, 22)
    assert not packing.admits(2, 23)
    packing.leave(1)  # with its job, its own share is free too
    packing.take(2, 1)
    packing.join(3, A, 100, 20)
    assert packing.admits(3, 51)
    assert not packing.admits(3, 52)


def test_an_empty_device_takes_any_job() -> None:
    assert packed(1).admits(1, 1000)


def test_a_device_that_does_not_say_its_size_takes_all() -> None:
    packing = packed(1, 2, size=None)
    assert not packing.counts(1)
    packing.take(1, 0)
    assert packing.admits(2, 0)


def test_devices_are_counted_apart() -> None:
    packing = packed(1)
    packing.join(2, B, 100, 0)
    packing.take(1, 90)
    assert packing.admits(2, 90)


def test_a_job_alone_gets_the_largest_device_once_it_is_empty_and_all_of_it() -> None:
    packing = packed(1, 2)
    packing.join(3, B, 200, 0)
    packing.join(4, B, 200, 0)
    packing.take(3, 10)
    assert not packing.admits_alone(1)  # smaller
    assert not packing.admits_alone(4)  # not empty
    assert not packing.admits(4, 1)  # nobody new while it is being emptied
    assert packing.admits(1, 1)  # elsewhere work goes on
    packing.release(3)
    assert packing.admits_alone(4)
    packing.take(4, 10, alone=True)
    assert not packing.admits(3, 1)
    assert packing.release(4) is False  # nobody was beside it
    assert packing.admits(3, 1)


def test_a_device_that_leaves_while_it_is_emptied_is_forgotten() -> None:
    packing = packed(1)
    packing.join(2, B, 200, 0)
    packing.take(2, 10)
    assert not packing.admits_alone(1)
    packing.leave(2)
    assert packing.admits_alone(1)


def test_a_device_is_not_kept_free_for_a_job_that_was_forgotten() -> None:
    packing = packed(1, 2)
    packing.take(1, 10)
    assert not packing.admits_alone(2)
    assert not packing.admits(2, 1)
    packing.forget_clearing()
    assert packing.admits(2, 1)


def test_who_had_company_is_remembered_until_the_end() -> None:
    packing = packed(1, 2)
    packing.take(1, 1)
    packing.take(2, 1)
    assert packing.release(2) is True
    assert packing.release(1) is True
    packing.take(1, 1)
    assert packing.release(1) is False


def test_estimates_that_were_too_low_are_raised_from_then_on() -> None:
    packing = packed(1, 2)
    assert not packing.learn(10, 10)
    assert packing.learn(10, 20)
    assert packing.margin == 2.0
    assert not packing.learn(10, 20)
    packing.take(1, 30)
    assert packing.admits(2, 16)
    assert not packing.admits(2, 17)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60)), max_size=40))
def test_admitted_jobs_never_overfill_a_device(steps: list[tuple[int, int]]) -> None:
    packing, held = packed(1, 2, 3, 4), dict[int, int]()
    for worker, size in steps:
        if worker in held:
            packing.release(worker)
            del held[worker]
        elif packing.admits(worker, size):
            packing.take(worker, size)
            held[worker] = size
        assert sum(held.values()) <= 100 * USABLE
