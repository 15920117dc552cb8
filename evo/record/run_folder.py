"""The folder that a run leaves behind: what lies where, how it is made and locked."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from evo.errors import BadInput
from evo.files.atomic_file import RecordError, remove_partials, unwritable, write_atomically
from evo.files.paths import absolute, run_argument, shown
from evo.files.plain_text import ESCAPED
from evo.record.checkpoints import CheckpointFolder, StoredCheckpoint
from evo.record.run_lock import holder, locked
from evo.record.snapshots import Snapshots

LOG = logging.getLogger("evo")
OPENED: deque[Path] = deque(maxlen=16)  # folders of existing runs, the latest last


class RunFolder:
    """Paths and parts of one run. Making the object touches nothing; see `create` and `open`."""

    def __init__(self, path: Path) -> None:
        self.path = path = absolute(path)
        self.config = path / "config.toml"
        self.database = path / "run.sqlite"
        self.pareto = path / "pareto.csv"
        self.figures = path / "figures"
        self.report = path / "report.html"
        self.log = path / "run.log"
        self.checkpoints = CheckpointFolder(path / "checkpoints")
        self.snapshots = Snapshots(path / "snapshots")

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """Make a new folder with all it needs; raises `BadInput` if it exists."""
        folder = cls(path)
        path = folder.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
            folder._make_parts()
        except FileExistsError as error:
            raise BadInput(_exists(path)) from error
        except OSError as error:
            raise BadInput(f"{unwritable(path, error)}; choose another --results") from error
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Return an existing run's folder; raises `BadInput` if there is none."""
        folder = cls(path)
        if not folder.database.is_file():
            what = "has no run.sqlite in it" if path.is_dir() else "does not exist"
            raise BadInput(f"{path} {what}, so it is not the folder of a run")
        folder._refuse_links_out()
        if folder.path not in OPENED:
            OPENED.append(folder.path)
        return folder

    def _refuse_links_out(self) -> None:
        """Raise `BadInput` for a link that leads out of the folder: what evo writes would too."""
        home = self.path.resolve()
        for part in (self.path, self.figures):
            for entry in part.iterdir() if part.is_dir() else ():
                if entry.is_symlink() and not _resolved(entry).is_relative_to(home):
                    raise BadInput(
                        f"{shown(entry)} is a link out of the run's folder, and evo would write "
                        "there; put what it leads to in its place"
                    )

    def _make_parts(self) -> None:
        for part in (self.checkpoints.path, self.snapshots.path, self.figures):
            part.mkdir(exist_ok=True)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Be the run's only driver inside; raises `RunBusy` with the process id of the other."""
        self._refuse_links_out()
        with locked(self.path / "lock"):
            try:
                self._make_parts()  # a copy by way of an object store has no empty folders
            except OSError as error:
                raise RecordError(unwritable(self.path, error)) from error
            for part in (self.path, self.checkpoints.path, self.snapshots.path):
                remove_partials(part)
            yield

    def driver(self) -> int | None:
        """Return the process id of the driver at work on the run, None if there is none."""
        return holder(self.path / "lock")

    def write(self, path: Path, content: bytes | str) -> None:
        """Write one of the folder's files in one step; raises `RecordError`."""
        write_atomically(path, content)

    def write_config(self, text: str) -> None:
        """Write `config.toml`."""
        write_atomically(self.config, text)

    def write_front(self, text: str) -> None:
        """Write `pareto.csv`."""
        write_atomically(self.pareto, text)

    def write_checkpoint(self, job: str, blob: bytes) -> StoredCheckpoint:
        """Keep a checkpoint; returns what the store has to know of it."""
        return self.checkpoints.write(job, blob)

    def read_checkpoint(self, job: str) -> bytes | None:
        """Return a checkpoint by the name of its job, None if there is none."""
        return self.checkpoints.read(job)

    def remove_checkpoints(self, jobs: Iterable[str]) -> None:
        """Delete checkpoints; call `Store.mark_removed` first."""
        self.checkpoints.remove(jobs)

    def write_snapshot(self, number: int, state: dict[str, Any]) -> None:
        """Keep what the generation after `number` needs."""
        self.snapshots.write(number, state)

    def remove_snapshots(self, first: int) -> None:
        """Delete the snapshots of generation `first` and later ones."""
        self.snapshots.remove_from(first)

    def latest_snapshot(
        self, warn: Callable[[str], object], up_to: int | None = None
    ) -> tuple[int, dict[str, Any]] | None:
        """Return number and state of the last sound snapshot; see `Snapshots.latest`."""
        return self.snapshots.latest(warn, up_to)

    @contextlib.contextmanager
    def logging(self) -> Iterator[None]:
        """Write what is logged under `evo` to `run.log` too, inside."""
        handler = _QuietFileHandler(self.log, encoding="utf-8", errors=ESCAPED, delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        level = LOG.level
        LOG.addHandler(handler)
        LOG.setLevel(logging.INFO)
        try:
            yield
        finally:
            LOG.removeHandler(handler)
            LOG.setLevel(level)
            handler.close()


class _QuietFileHandler(logging.FileHandler):
    """Drops what a full disk does not take; the store is what must not miss anything."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        pass


def _resolved(link: Path) -> Path:
    """Return where a link leads; the root of all where it leads in a circle."""
    try:
        return link.resolve()
    except (OSError, RuntimeError):
        return Path(link.anchor)


def _exists(path: Path) -> str:
    if not path.is_dir():
        return (
            f"{shown(path)} cannot be made: a file is in the way; choose another --name or "
            "--results"
        )
    if RunFolder(path).database.is_file():
        return (
            f"the run {shown(path)} exists already; continue it with `evo resume "
            f"{run_argument(path)}`, or choose "
            f"another --name"
        )
    return f"{shown(path)} exists already and is not a run; choose another --name"
