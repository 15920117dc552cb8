"""Where the checkpoints of a run lie: in a folder, or in memory for searches without a folder.

Knows them as bytes by the name of the job that made them, and never reads them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evo.files.atomic_file import PARTIAL, RecordError, unwritable, write_atomically
from evo.files.bounded import MOST_WEIGHTS, read_bytes

ENDING = ".safetensors"
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class StoredCheckpoint:
    """What the record knows of a checkpoint: its file's name, size and SHA-256."""

    file: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, job: str, blob: bytes) -> StoredCheckpoint:
        """Describe the bytes that the job of this name left."""
        return cls(f"{job}{ENDING}", len(blob), hashlib.sha256(blob).hexdigest())


class Checkpoints(Protocol):
    """Bytes by job name."""

    def write(self, job: str, blob: bytes) -> StoredCheckpoint:
        """Keep the bytes; when this returns, they are safe. Raises `RecordError`."""

    def read(self, job: str) -> bytes | None:
        """Return the bytes, None if there are none."""

    def remove(self, jobs: Iterable[str]) -> None:
        """Forget these; names that are not kept are passed over."""

    def names(self) -> set[str]:
        """Return the job names of all that are kept."""


def intact(checkpoints: Checkpoints, job: str, stored: StoredCheckpoint) -> bool:
    """Tell whether a job's checkpoint is there exactly as it was recorded."""
    blob = checkpoints.read(job)
    return blob is not None and StoredCheckpoint.of(job, blob) == stored


class CheckpointFolder:
    """One file a checkpoint, each whole or not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, job: str, blob: bytes) -> StoredCheckpoint:
        """Write the file atomically and flush it to disk."""
        write_atomically(self._file(job), blob)
        return StoredCheckpoint.of(job, blob)

    def read(self, job: str) -> bytes | None:
        """Return the file's bytes, None if it is not there."""
        try:
            return read_bytes(self._file(job), MOST_WEIGHTS)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RecordError(f"cannot read {self._file(job)}: {error.strerror}") from error

    def remove(self, jobs: Iterable[str]) -> None:
        """Delete the files."""
        for job in jobs:
            try:
                self._file(job).unlink(missing_ok=True)
            except OSError as error:
                raise RecordError(unwritable(self._file(job), error)) from error

    def names(self) -> set[str]:
        """Return the job names of all files, half-written ones left out."""
        files = self.path.glob(f"*{ENDING}")
        return {f.name.removesuffix(ENDING) for f in files if not f.name.endswith(PARTIAL)}

    def _file(self, job: str) -> Path:
        if not SAFE_NAME.fullmatch(job):
            raise ValueError(f"received job name {job!r}; letters, digits, '.', '_', '-' are safe")
        return self.path / f"{job}{ENDING}"


class CheckpointMemory:
    """Checkpoints of a search that leaves no folder; gone with the process."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def write(self, job: str, blob: bytes) -> StoredCheckpoint:
        """Keep the bytes."""
        self._blobs[job] = blob
        return StoredCheckpoint.of(job, blob)

    def read(self, job: str) -> bytes | None:
        """Return the bytes, None if there are none."""
        return self._blobs.get(job)

    def remove(self, jobs: Iterable[str]) -> None:
        """Forget the bytes."""
        for job in jobs:
            self._blobs.pop(job, None)

    def names(self) -> set[str]:
        """Return the job names of all that are kept."""
        return set(self._blobs)
