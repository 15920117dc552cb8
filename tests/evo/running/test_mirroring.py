"""The thread that mirrors: it holds nobody up, fails in words, and tries again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.running.mirroring import Mirroring
from evo.storage.claim import CLAIM, Claim, claim_it, read_claim
from evo.storage.mirror import DATABASE, Mirror
from evo.storage.places import StorageFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    with closing(RunRecord.create(tmp_path / "run", "")) as record:
        return record.folder


@pytest.fixture
def storage(tmp_path: Path) -> StorageFolder:
    return StorageFolder(tmp_path / "shared" / "run")


class Slow(Mirror):
    """Counts its syncs, each of which waits until it is let go."""

    def __init__(self, folder: RunFolder, storage: StorageFolder) -> None:
        super().__init__(folder, storage)
        self.syncs = 0
        self.entered, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def sync(self) -> None:
        self.syncs += 1
        self.entered.release()
        assert self.go.acquire(timeout=300)
        super().sync()


@contextmanager
def mirroring(mirror: Mirror) -> Iterator[Mirroring]:
    found = Mirroring(mirror, claim_it(mirror.storage, mirror.folder.path))
    try:
        yield found
    finally:
        found.stop()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_requests_return_at_once_and_the_latest_wins(
    folder: RunFolder, storage: StorageFolder
) -> None:
    mirror = Slow(folder, storage)
    with mirroring(mirror) as found:
        found.request()
        assert mirror.entered.acquire(timeout=300)
        for _ in range(5):
            found.request()  # all of them during the first sync
        mirror.go.release(2)
        assert mirror.entered.acquire(timeout=300)
        until(lambda: storage.read(DATABASE))
        found.stop()
        assert mirror.syncs == 2


def test_closing_syncs_once_more_and_gives_the_mirror_free(
    folder: RunFolder, storage: StorageFolder
) -> None:
    with mirroring(Mirror(folder, storage)) as found:
        folder.pareto.write_text("genome\n")
        assert found.close() is None
    assert storage.read("pareto.csv") == b"genome\n"
    claim = read_claim(storage)
    assert claim is not None
    assert not claim.at_work


def test_a_failure_is_told_once_and_made_good(folder: RunFolder, storage: StorageFolder) -> None:
    with mirroring(Mirror(folder, storage)) as found:
        in_the_way = storage.path / "snapshots"
        folder.snapshots.write(1, {})
        with closing(RunRecord.open(folder.path)) as record:
            record.store.add_generation(1, {})
        in_the_way.touch()
        found.request()
        until(lambda: found._failure)
        text = found.trouble()
        assert text is not None
        assert "File exists" in text or "Not a directory" in text
        assert found.trouble() is None
        in_the_way.unlink()
        found.request()
        until(lambda: found._failure is None)
        assert found.trouble() is None
        assert storage.read("snapshots/000001.json.gz")


def test_closing_says_why_the_mirror_is_behind(folder: RunFolder, storage: StorageFolder) -> None:
    found = Mirroring(Mirror(folder, storage), claim_it(storage, folder.path))
    found.stop()
    storage.remove([CLAIM])
    storage.path.rmdir()
    storage.path.touch()
    assert "Not a directory" in (found.close() or "")


def test_who_was_taken_over_writes_nothing_more(folder: RunFolder, storage: StorageFolder) -> None:
    with mirroring(Mirror(folder, storage)) as found:
        other = Claim.after(found.claim)
        storage.write(CLAIM, other.to_bytes())
        assert "taken over by process" in (found.close() or "")
        assert read_claim(storage) == other
        assert storage.read(DATABASE) is None


def test_without_a_storage_there_is_none(folder: RunFolder, tmp_path: Path) -> None:
    assert Mirroring.begin(folder, None) is None
    found = Mirroring.begin(folder, str(tmp_path / "shared"))
    assert found is not None
    assert found.place == str(tmp_path / "shared" / "run")
    assert found.close() is None
