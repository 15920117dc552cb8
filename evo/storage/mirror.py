"""A run's folder, mirrored: at every moment the mirror is a run that can be gone on with.

SQLite is never written there: an image is made here by SQLite's online backup
(https://www.sqlite.org/backup.html) and takes the old one's place in one step. Before it come the
weights and snapshots that it needs, after it goes what it needs no more. A snapshot newer than the
image is passed over on resuming.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evo.files.atomic_file import PARTIAL
from evo.record.run_folder import RunFolder
from evo.storage.claim import CLAIM, LOCAL
from evo.storage.places import Storage, StorageError

TRIES = 5  # images in one sync; each is taken because weights were given up meanwhile
DATABASE = "run.sqlite"
CHECKPOINTS = "checkpoints/"
SNAPSHOTS = "snapshots/"
OWN = (CLAIM, LOCAL, "lock")  # of the mirror and of the folder, each for itself
FIRST = ("config.toml", "pareto.csv")  # newer than the image they do no harm: it is replayed


@dataclass(frozen=True)
class Image:
    """A copy of the database as of one moment, and what it relies on."""

    file: Path
    generations: int
    checkpoints: frozenset[str]  # names in the run's folder


class Mirror:
    """Brings one run's place in a storage up to date. One thread at a time."""

    def __init__(self, folder: RunFolder, storage: Storage) -> None:
        self.folder, self.storage = folder, storage
        self._began = time.time()
        self._sent: dict[str, tuple[int, int]] = {}  # name -> size and time of what was sent

    def sync(self) -> None:
        """Bring the mirror up to date; raises `StorageError`, which leaves a sound older one."""
        there = self.storage.sizes()
        lost: set[str] = set()
        for _ in range(TRIES):
            with self._image() as image:
                sent = {n for n in image.checkpoints if self._send(n, there, kept=True)}
                gone = image.checkpoints - sent - there.keys()
                if (
                    gone <= lost
                ):  # what is gone in two images in a row was not given up: it is lost
                    self._publish(image, there)
                    return
                lost = set(gone)
        raise StorageError(f"{self.storage.place}: weights are replaced faster than it takes them")

    def _publish(self, image: Image, there: dict[str, int]) -> None:
        snapshots = self.folder.snapshots
        for number in snapshots.numbers():
            if number <= image.generations:
                self._send(SNAPSHOTS + snapshots.file(number).name, there, kept=True)
        for name in FIRST:
            self._send(name, there)
        self.storage.put(image.file, DATABASE)
        self.storage.remove(
            name
            for name in there
            if name.startswith(CHECKPOINTS) and name not in image.checkpoints
        )
        for name in self._others():
            self._send(name, there)

    def _send(self, name: str, there: dict[str, int], *, kept: bool = False) -> bool:
        """Send a file unless it is there; tell whether it exists here.

        One that is `kept` never changes once it is written; what an earlier driver sent is not
        sent again.
        """
        file = self.folder.path / name
        try:
            state = file.stat()
        except OSError:
            return False
        mark = (state.st_size, state.st_mtime_ns)
        by_us = name in there and self._sent.get(name) == mark
        before = kept and there.get(name) == state.st_size and state.st_mtime < self._began
        if by_us or (before and name not in self._sent):
            return True
        try:
            self.storage.put(file, name)
        except StorageError:
            if file.exists():
                raise
            return False  # given up between the two lines
        self._sent[name] = mark
        there[name] = state.st_size
        return True

    def _others(self) -> Iterator[str]:
        """Yield the names of all files that nothing relies on: figures, report, logs."""
        root = self.folder.path
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            own = name.startswith((DATABASE, CHECKPOINTS, SNAPSHOTS)) or name in OWN
            if path.is_file() and not own and name not in FIRST and not name.endswith(PARTIAL):
                yield name

    @contextlib.contextmanager
    def _image(self) -> Iterator[Image]:
        """Yield an image of the database; it is deleted afterwards."""
        file = self.folder.path / f".{DATABASE}.{os.getpid()}{PARTIAL}"
        source = f"{self.folder.database.absolute().as_uri()}?mode=ro"
        try:
            file.unlink(missing_ok=True)
            with (
                closing(sqlite3.connect(source, uri=True)) as live,
                closing(sqlite3.connect(file)) as copy,
            ):
                live.backup(copy)  # all in one step, so of one moment; writers do not wait
                copy.execute("PRAGMA journal_mode = DELETE")  # one plain file
                yield _read(file, copy)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"no copy of {self.folder.database} could be made: {error}"
            ) from error
        finally:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)


def _read(file: Path, copy: sqlite3.Connection) -> Image:
    checkpoints = copy.execute(
        "SELECT checkpoint FROM evaluations "
        "WHERE checkpoint IS NOT NULL AND NOT checkpoint_removed"
    )
    names = frozenset(f"{CHECKPOINTS}{name}" for (name,) in checkpoints)
    ((generations,),) = copy.execute("SELECT count(*) FROM generations")
    return Image(file, generations, names)
