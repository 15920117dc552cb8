"""Files of unknown origin: read if they are plain files of bounded size, else refused.

A pipe would be waited for for ever, a device read without end, and a file with holes declares any
size. Links are followed: what is read is never shown.
"""

from __future__ import annotations

import errno
import os
import stat
import zlib
from pathlib import Path

from evo.errors import BadInput
from evo.files.paths import shown

MEBIBYTE = 2**20
MOST_TEXT = 32 * MEBIBYTE  # of JSON, TOML and CSV; parsed, they take some ten times as much
MOST_WEIGHTS = 4096 * MEBIBYTE  # of tensors


def check_plain(path: Path, most: int) -> None:
    """Raise `BadInput` unless this is a plain file of at most so many bytes; OSError for none."""
    facts = path.stat()
    if stat.S_ISDIR(facts.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(facts.st_mode):
        raise BadInput(f"{shown(path)} is a pipe or a device, expected a plain file")
    if facts.st_size > most:
        raise BadInput(
            f"{shown(path)} has {facts.st_size:,} bytes, expected at most {most:,}: evo never "
            "writes so large a file there"
        )


def read_bytes(path: Path, most: int = MOST_TEXT) -> bytes:
    """Return the contents of a plain file; raise as `check_plain` does."""
    check_plain(path, most)
    with path.open("rb") as file:  # Python asks for as much memory as it is to read at most
        return file.read(min(most, os.fstat(file.fileno()).st_size))


def read_text(path: Path, most: int = MOST_TEXT) -> str:
    """Return a file's text without a byte order mark; UnicodeDecodeError where it is not UTF-8."""
    return read_bytes(path, most).decode("utf-8-sig")


def unzipped(data: bytes, most: int) -> bytes:
    """Return what gzip packed; ValueError where it is damaged, or more than so many bytes."""
    unpacking = zlib.decompressobj(wbits=31)  # gzip, whose checksum is checked
    try:
        found = unpacking.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(found) > most:
        raise ValueError(f"it unpacks to more than {most:,} bytes")
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("it is cut short, or goes on behind its end")
    return found
