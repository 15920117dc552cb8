"""The inbox: what comes alone is written at once, what comes in a rush soon; nothing is lost."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from evo.record import write_batches
from evo.record.write_batches import BUNDLE_SECONDS, RUSH_SECONDS, WriteBatches


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(write_batches, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_what_arrives_alone_is_written_at_once(clock: SimpleNamespace) -> None:
    written: list[list[int]] = []
    box = WriteBatches(written.append)
    for row in range(3):
        clock.now += 2 * RUSH_SECONDS
        box.add(row)
    assert written == [[0], [1], [2]]


def test_a_rush_is_written_in_few_bundles_in_order(clock: SimpleNamespace) -> None:
    written: list[list[int]] = []
    box = WriteBatches(written.append)
    for row in range(100):
        clock.now += RUSH_SECONDS / 2
        box.add(row)
    box.flush()
    assert [row for rows in written for row in rows] == list(range(100))
    assert len(written) <= 2 + 100 * RUSH_SECONDS / 2 / BUNDLE_SECONDS


def test_a_straggler_does_not_wait_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_batches, "RUSH_SECONDS", 60.0)
    monkeypatch.setattr(write_batches, "PATIENCE_SECONDS", 0.01)
    done = threading.Event()
    written: list[list[int]] = []

    def write(rows: list[int]) -> None:
        written.append(rows)
        if len(written) == 2:
            done.set()

    box = WriteBatches(write)
    box.add(1)
    box.add(2)
    assert done.wait(300)
    assert written == [[1], [2]]
    box.flush()
    assert len(written) == 2


def test_what_cannot_be_written_stays_and_whoever_is_next_hears_of_it(
    clock: SimpleNamespace,
) -> None:
    written: list[list[int]] = []
    full = True

    def write(rows: list[int]) -> None:
        if full:
            raise OSError("the disk is full")
        written.append(rows)

    box = WriteBatches(write)
    with pytest.raises(OSError, match="full"):
        box.add(1)
    with pytest.raises(OSError, match="full"):
        box.flush()
    full = False
    clock.now += 1
    box.add(2)
    assert written == [[1, 2]]
