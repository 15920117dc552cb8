"""Snapshots: what the next generation needs, one compressed JSON file for every generation.

All are kept: they are small, and the one before serves if the last is damaged. gzip carries the
checksum that tells a damaged file from a sound one.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evo.errors import BadInput
from evo.files.atomic_file import RecordError, unwritable, write_atomically
from evo.files.bounded import MEBIBYTE, read_bytes, unzipped
from evo.record.earlier_names import STATE_OF_FORMAT_1, state_as_now
from evo.record.rows import to_json

SNAPSHOT_FORMAT = 2
MOST_PACKED, MOST_BYTES = 256 * MEBIBYTE, 1024 * MEBIBYTE
NAME = re.compile(r"(\d+)\.json\.gz")


class DamagedSnapshot(Exception):
    """A snapshot that is cut short or garbled."""


class Snapshots:
    """The snapshots of one run, in a folder of their own, by the number of the generation."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, number: int, state: dict[str, Any]) -> None:
        """Keep the state after generation `number`, plain JSON data; raises `RecordError`."""
        text = to_json({"format": SNAPSHOT_FORMAT, "number": number, "state": state})
        # Level 1: nearly as small, several times as fast. No time: equal states, equal files.
        write_atomically(self.file(number), gzip.compress(text.encode(), 1, mtime=0))

    def read(self, number: int) -> dict[str, Any]:
        """Return the state after generation `number`.

        Raises `DamagedSnapshot`, or `BadInput` if another version of evo wrote it.
        """
        path = self.file(number)
        try:
            content = json.loads(unzipped(read_bytes(path, MOST_PACKED), MOST_BYTES))
            form, state = content["format"], content["state"]
        except (OSError, BadInput, ValueError, LookupError, TypeError, RecursionError) as error:
            raise DamagedSnapshot(f"the snapshot {path} cannot be read ({error})") from error
        if form == STATE_OF_FORMAT_1:  # to be read; a run that left it cannot go on
            return dict(state_as_now(state))
        if form != SNAPSHOT_FORMAT:
            raise BadInput(
                f"the snapshot {path} has format {form!r}; this version of evo reads "
                f"{SNAPSHOT_FORMAT}. Resume the run with the version of evo that started it."
            )
        return dict(state)

    def latest(
        self, warn: Callable[[str], object], up_to: int | None = None
    ) -> tuple[int, dict[str, Any]] | None:
        """Return number and state of the last sound snapshot, None if there is none.

        Those of generations after `up_to` do not count. Damaged ones are passed over with a
        warning. Nothing is lost with them: the generations after the one that is taken are
        replayed from the recorded evaluations.
        """
        for number in reversed(self.numbers()):
            if up_to is not None and number > up_to:
                continue
            try:
                return number, self.read(number)
            except DamagedSnapshot as error:
                warn(f"{error}; going back to the one before")
        return None

    def remove_from(self, number: int) -> None:
        """Delete the snapshots of generation `number` and later ones; raises `RecordError`."""
        for later in (n for n in self.numbers() if n >= number):
            try:
                self.file(later).unlink(missing_ok=True)
            except OSError as error:
                raise RecordError(unwritable(self.file(later), error)) from error

    def numbers(self) -> list[int]:
        """Return the numbers of the generations that left a snapshot, in order."""
        if not self.path.is_dir():
            return []
        matches = (NAME.fullmatch(path.name) for path in self.path.iterdir())
        return sorted(int(match[1]) for match in matches if match)

    def file(self, number: int) -> Path:
        """Return the path of a generation's snapshot, whether it is there or not."""
        return self.path / f"{number:06d}.json.gz"
