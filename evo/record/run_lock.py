"""One driver a run: an advisory lock on a file, which the operating system drops with the process.

Works on Linux, macOS and whatever else has `flock`; the text in the file, the holder's process id,
is for people and proves nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from evo.errors import BadInput
from evo.files.atomic_file import RecordError, unwritable
from evo.files.paths import shown

PATIENCE_SECONDS = 0.5  # outlasts a glance by `holder`


class RunBusy(BadInput):
    """Another driver is at work on the run; `pid` is its process, None if unknown."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        process = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"{process} is at work on the run {shown(folder)}. Wait until it ends, or stop it "
            f"(Ctrl-C or `kill {pid or 'PID'}`), then `evo resume` the run; nothing will be lost."
        )
        self.pid = pid


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on `path`; raise `RunBusy` if another process does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RecordError(unwritable(path, error)) from error
    try:
        if not _acquire(descriptor):
            raise RunBusy(path.parent, _pid(path))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # gives the lock back; the file stays, so there is no race to delete


def holder(path: Path) -> int | None:
    """Return the process id of the driver that holds the lock, None if none does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _pid(path)
    finally:
        os.close(descriptor)
    return None


def _acquire(descriptor: int) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _pid(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
