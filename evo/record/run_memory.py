"""What a run without a folder keeps besides its record: checkpoints, in memory, and nothing else.

It has the methods of `RunFolder` that a record calls. Such a run is never resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from evo.record.checkpoints import CheckpointMemory, StoredCheckpoint


class RunMemory:
    """Keeps checkpoints; snapshots and the table of the front are not needed and dropped."""

    def __init__(self) -> None:
        self.checkpoints = CheckpointMemory()

    def write_checkpoint(self, job: str, blob: bytes) -> StoredCheckpoint:
        """Keep a checkpoint."""
        return self.checkpoints.write(job, blob)

    def read_checkpoint(self, job: str) -> bytes | None:
        """Return a checkpoint by the name of its job, None if there is none."""
        return self.checkpoints.read(job)

    def remove_checkpoints(self, jobs: Iterable[str]) -> None:
        """Forget checkpoints."""
        self.checkpoints.remove(jobs)

    def write_front(self, text: str) -> None:
        """Drop it: the front is made of the record."""

    def write_snapshot(self, number: int, state: dict[str, Any]) -> None:
        """Drop it: there is nothing to resume."""

    def remove_snapshots(self, first: int) -> None:
        """Do nothing: there are none."""

    def latest_snapshot(
        self, warn: Callable[[str], object], up_to: int | None = None
    ) -> tuple[int, dict[str, Any]] | None:
        """Return None."""
        return None
