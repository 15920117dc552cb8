"""Files that are either whole or not there: write beside, flush to disk, rename into place.

Also the one error for whatever the record of a run cannot take, a full disk above all.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from evo.files.plain_text import ESCAPED

PARTIAL = ".partial"  # ending of what a killed process may leave behind; always safe to delete


class RecordError(RuntimeError):
    """The record of a run could not be written or read; what was recorded before is intact."""


def write_atomically(path: Path, content: bytes | str) -> None:
    """Replace the file at `path` by `content` in one step, text as UTF-8.

    A crash at any moment leaves the old file or the new one. Raises `RecordError` if the disk is
    full or the place cannot be written.
    """
    blob = content.encode(errors=ESCAPED) if isinstance(content, str) else content
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        with partial.open("wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        _flush_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise RecordError(unwritable(path, error)) from error


def unwritable(path: Path, error: OSError) -> str:
    """Word why a file cannot be written and what to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return full_disk(path)
    return f"cannot write {path}: {error.strerror or error}"


def full_disk(path: Path) -> str:
    """Word the error for a disk without space."""
    return (
        f"the disk is full: {path} could not be written. What was recorded before is intact; "
        f"free some space, then `evo resume` the run."
    )


def remove_partials(folder: Path) -> None:
    """Delete what killed processes left half-written; only the holder of the run's lock may."""
    for path in list(_partials(folder)):
        with contextlib.suppress(OSError):
            path.unlink()


def _partials(folder: Path) -> Iterator[Path]:
    return folder.glob(f".*{PARTIAL}")


def _flush_folder(folder: Path) -> None:
    """Flush the folder's own entry, so that the new name survives a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot flush a folder
            raise
    finally:
        os.close(descriptor)
