"""When the keeper gathers, and what it tells meanwhile; the gathering process is played."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evo.record.run_folder import RunFolder
from evo.watch import page_cache as module
from evo.watch.gatherer import Gathered, GatheringFailed
from evo.watch.page_cache import PageCache
from tests.evo.report.runs import write_run
from tests.evo.watch.growing import FRONT, add_generation, driven

PATIENCE_SECONDS = 30.0
ROW = ("g", 4, 0.95, 0.5, 500)


class Played:
    """Answers with the number of the question, once `may` allows it."""

    def __init__(self) -> None:
        self.asked, self.rests, self.closed = 0, 0, False
        self.may = threading.Semaphore(0)
        self.fails = False
        self.seconds = 0.0

    def ask(self) -> Gathered:
        self.may.acquire()
        self.asked += 1
        if self.fails or self.closed:
            raise GatheringFailed("a played failure")
        return Gathered(str(self.asked).encode(), self.seconds)

    def rest(self) -> None:
        self.rests += 1

    def close(self) -> None:
        self.closed = True
        self.may.release()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return write_run(tmp_path / "mine")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    played = Played()
    monkeypatch.setattr(module, "Gatherer", lambda run: played)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.01)
    return played


@pytest.fixture
def page_cache(folder: RunFolder, played: Played) -> Iterator[PageCache]:
    page_cache = PageCache(folder)
    yield page_cache
    if page_cache._threads[0].is_alive():
        page_cache.close()


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition that other threads bring about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def test_it_answers_before_anything_is_gathered(page_cache: PageCache) -> None:
    assert page_cache.version()["edition"] == ""
    assert page_cache.version()["state"] is None
    page_cache.start()
    until(lambda: page_cache.seen is not None)
    told = page_cache.version()
    assert (told["edition"], told["state"], told["done"], told["trainings"]) == (
        "", "finished", 3, 7,
    )  # fmt: skip
    assert not page_cache.is_complete()


def test_a_finished_run_is_gathered_once_and_the_process_rests(
    page_cache: PageCache, played: Played
) -> None:
    page_cache.start()
    played.may.release(5)
    until(page_cache.is_complete)
    until(lambda: played.rests == 1)
    page_cache.look()
    assert played.asked == 1
    assert page_cache.edition.data == b"1"
    assert page_cache.version()["edition"] == page_cache.edition.name


def test_two_servers_never_name_editions_alike(folder: RunFolder, played: Played) -> None:
    names = []
    for _ in range(2):
        page_cache = PageCache(folder)
        played.closed = False
        page_cache.start()
        played.may.release()
        until(page_cache.is_complete)
        names.append(page_cache.edition.name)
        page_cache.close()
    assert names[0] != names[1]


def test_what_is_new_waits_for_its_time_but_the_end_does_not(
    folder: RunFolder, page_cache: PageCache, played: Played
) -> None:
    played.seconds = 1e6  # gathering was so dear that the next would be in a year
    played.may.release(5)
    with driven(folder) as store:
        page_cache.start()
        until(lambda: page_cache.edition.name)
        add_generation(folder, store, 4, ROW, [ROW, *FRONT])
        until(lambda: page_cache.version()["done"] == 4)  # told at once, though not drawn
        assert played.asked == 1
        store.set_meta({"reason": "generations"})
    until(page_cache.is_complete)
    assert played.asked == 2
    assert page_cache.version()["state"] == "finished"


def test_the_time_between_gatherings_grows_with_what_they_take(
    page_cache: PageCache, played: Played
) -> None:
    page_cache.look()
    seen = page_cache.seen
    assert seen is not None
    played.may.release(3)
    played.seconds = 3.0
    assert page_cache._renew(seen) == 3.0 / module.SHARE
    played.seconds = 0.0
    assert page_cache._renew(seen) == module.LEAST_SECONDS
    played.fails = True
    assert page_cache._renew(seen) == module.AFTER_FAILURE_SECONDS
    assert page_cache.version()["trouble"] == "The data could not be gathered: a played failure."
    assert page_cache.edition.data == b"2"  # what was there stays


def test_a_record_that_disappears_is_told_and_what_was_there_stays(
    folder: RunFolder, page_cache: PageCache, played: Played
) -> None:
    played.may.release()
    page_cache.start()
    until(page_cache.is_complete)
    hidden = folder.database.rename(folder.path / "elsewhere")
    until(lambda: page_cache.version()["trouble"])
    assert "cannot be read" in page_cache.version()["trouble"]
    assert (page_cache.edition.data, page_cache.version()["done"]) == (b"1", 3)
    hidden.rename(folder.database)
    until(lambda: not page_cache.version()["trouble"])


def test_closing_does_not_wait_for_a_gathering(page_cache: PageCache, played: Played) -> None:
    page_cache.start()  # nothing may be answered
    until(lambda: page_cache.seen is not None)
    page_cache.close()
    assert played.closed
    assert not any(thread.is_alive() for thread in page_cache._threads)
