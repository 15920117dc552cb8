"""A mirror is a run to go on from at every moment, also in the middle of a sync."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evo.record.recorder import RunRecord
from evo.record.run_folder import RunFolder
from evo.storage.mirror import DATABASE, Mirror
from evo.storage.places import StorageError, StorageFolder
from tests.evo.engine.test_engine import engine_on, history, run
from tests.evo.toy_run import Ear


class Watched(StorageFolder):
    """Calls `before` ahead of everything that is written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.puts: list[str] = []

    def before(self) -> None:
        pass

    def put(self, file: Path, name: str) -> None:
        self.before()
        self.puts.append(name)
        super().put(file, name)

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            self.before()
            super().remove([name])


class Dying(Watched):
    """Keeps a copy of the mirror as it was before every so many writes."""

    def __init__(self, path: Path, every: int) -> None:
        super().__init__(path)
        self.every, self.writes = every, 0
        self.copies: list[Path] = []

    def before(self) -> None:
        self.writes += 1
        if self.writes % self.every == 0 and (self.path / DATABASE).exists():
            copy = self.path.with_name(f"copy-{self.writes:04d}")
            self.copies.append(shutil.copytree(self.path, copy))


@dataclass
class Mirrored(Ear):
    """A listener that mirrors: after every generation, and after every so many trainings."""

    mirror: Mirror | None = None
    every: int = 1000
    trainings: int = field(default=0)

    def generation(self, summary: Mapping[str, Any]) -> None:
        assert self.mirror is not None
        self.mirror.sync()

    def progress(self, done: int, total: int, stage: str) -> None:
        self.trainings += 1
        if self.trainings % self.every == 0:
            assert self.mirror is not None
            self.mirror.sync()


def mirrored(path: Path, storage: StorageFolder, every: int, **settings: Any) -> Mirror:
    """Carry out the toy run with a mirror; return that."""
    with closing(RunRecord.create(path, "")) as record:
        mirror = Mirror(record.folder, storage)
        ear = Mirrored(mirror=mirror, every=every)
        engine = engine_on(record, listener=ear, **settings)
        record.end(engine.run(), engine.front)
    mirror.sync()
    return mirror


def gone_on(copy: Path, **settings: Any) -> str:
    with RunFolder(copy).lock():
        return run(copy, **settings)


@pytest.mark.parametrize(("overlap", "every"), [(0, 4), (1, 9)])
def test_gone_on_with_from_any_moment_it_ends_as_if_undisturbed(
    tmp_path: Path, overlap: int, every: int
) -> None:
    storage = Dying(tmp_path / "shared" / "run", every)
    mirrored(tmp_path / "run", storage, 3, overlap=overlap)
    expected = history(tmp_path / "run")
    assert len(storage.copies) >= 30 // every
    for copy in storage.copies:
        assert gone_on(copy, overlap=overlap) == "generations"
        assert history(copy) == expected, copy.name
        shutil.rmtree(copy)


def test_at_the_end_it_is_the_run_without_what_was_given_up(tmp_path: Path) -> None:
    storage = Watched(tmp_path / "shared" / "run")
    mirrored(tmp_path / "run", storage, 4)
    assert history(storage.path) == history(tmp_path / "run")
    names = {name for name in storage.sizes() if name.startswith("checkpoints/")}
    assert names == {
        f"checkpoints/{file.name}" for file in (tmp_path / "run" / "checkpoints").iterdir()
    }
    assert {f"checkpoints/{name}" for name in names} != set(storage.puts)
    assert not list(tmp_path.rglob("*.partial"))


def test_weights_and_snapshots_are_sent_once(tmp_path: Path) -> None:
    storage = Watched(tmp_path / "shared" / "run")
    mirror = mirrored(tmp_path / "run", storage, 4)
    kept = [name for name in storage.puts if name.startswith(("checkpoints/", "snapshots/"))]
    assert len(kept) == len(set(kept)) > 3
    storage.puts.clear()
    mirror.sync()
    assert storage.puts == [DATABASE]
    Mirror(RunFolder(tmp_path / "run"), storage).sync()  # by another driver
    assert not [name for name in storage.puts if name.startswith(("checkpoints/", "snapshots/"))]
    assert "pareto.csv" in storage.puts


def test_what_nothing_relies_on_is_mirrored_too(tmp_path: Path) -> None:
    storage = Watched(tmp_path / "shared" / "run")
    mirror = mirrored(tmp_path / "run", storage, 1000)
    (tmp_path / "run" / "lock").touch()
    (tmp_path / "run" / "figures" / "front.png").write_bytes(b"png")
    (tmp_path / "run" / "tensorboard").mkdir()
    (tmp_path / "run" / "tensorboard" / "events").write_bytes(b"one")
    mirror.sync()
    (tmp_path / "run" / "tensorboard" / "events").write_bytes(b"one two")
    mirror.sync()
    assert storage.read("figures/front.png") == b"png"
    assert storage.read("tensorboard/events") == b"one two"
    assert "lock" not in storage.sizes()


def test_the_database_is_one_plain_file_there(tmp_path: Path) -> None:
    """Whoever opens a database in WAL mode writes beside it, even to read."""
    storage = Watched(tmp_path / "shared" / "run")
    with closing(RunRecord.create(tmp_path / "run", "")) as record:
        record.note("info", "only in the log of what was written")
        Mirror(record.folder, storage).sync()
    with closing(sqlite3.connect(storage.path / DATABASE)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT text FROM events").fetchall() == [
            ("only in the log of what was written",)
        ]


def test_weights_given_up_during_a_sync_are_not_missed(tmp_path: Path) -> None:
    """The image says that they are kept: so another is taken."""
    with closing(RunRecord.create(tmp_path / "run", "")) as record:
        engine = engine_on(record)
        record.end(engine.run(), engine.front)
        first, *others = sorted(record.folder.checkpoints.names())
        storage = Watched(tmp_path / "shared" / "run")

        def give_up() -> None:
            record.store.mark_removed(others)
            record.folder.remove_checkpoints(others)
            storage.before = lambda: None  # type: ignore[method-assign]

        storage.before = give_up  # type: ignore[method-assign]
        Mirror(record.folder, storage).sync()
    with closing(sqlite3.connect(storage.path / DATABASE)) as connection:
        kept = connection.execute(
            "SELECT name FROM evaluations WHERE checkpoint IS NOT NULL AND NOT checkpoint_removed"
        ).fetchall()
    files = {file.stem for file in (storage.path / "checkpoints").iterdir()}
    assert {name for (name,) in kept} <= files
    assert len(files) < 1 + len(others)
    assert first in files or len(files) == 1


def test_weights_that_are_lost_do_not_stop_it(tmp_path: Path) -> None:
    run(tmp_path / "run")
    lost = next((tmp_path / "run" / "checkpoints").iterdir())
    lost.unlink()
    storage = Watched(tmp_path / "shared" / "run")
    Mirror(RunFolder(tmp_path / "run"), storage).sync()
    assert (storage.path / DATABASE).is_file()
    assert not (storage.path / "checkpoints" / lost.name).exists()


@pytest.mark.parametrize("moment", range(0, 8, 2))
def test_a_sync_that_fails_leaves_a_sound_mirror_and_is_made_good(
    tmp_path: Path, moment: int
) -> None:
    storage = Watched(tmp_path / "shared" / "run")
    with closing(RunRecord.create(tmp_path / "run", "")) as record:
        mirror = Mirror(record.folder, storage)
        mirror.sync()
        engine = engine_on(record)
        record.end(engine.run(), engine.front)
        writes = iter(range(1000))

        def full() -> None:
            if next(writes) >= moment:
                raise StorageError("no space left on device")

        storage.before = full  # type: ignore[method-assign]
        with pytest.raises(StorageError, match="no space"):
            mirror.sync()
        copy = shutil.copytree(storage.path, tmp_path / "copy")
        storage.before = lambda: None  # type: ignore[method-assign]
        mirror.sync()
    gone_on(copy)
    assert history(copy) == history(tmp_path / "run") == history(storage.path)


def test_a_damaged_database_is_not_mirrored(tmp_path: Path) -> None:
    run(tmp_path / "run")
    (tmp_path / "run" / DATABASE).write_bytes(b"no database" * 1000)
    storage = Watched(tmp_path / "shared" / "run")
    with pytest.raises(StorageError, match=r"no copy of .*run\.sqlite could be made"):
        Mirror(RunFolder(tmp_path / "run"), storage).sync()
    assert not storage.puts
