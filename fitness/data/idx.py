"""Reader of IDX files, plain or gzipped: the format of MNIST and its kin.

http://yann.lecun.com/exdb/mnist/: two zero bytes, a type code, the number of dimensions, each
dimension's size as a big-endian uint32, then the values. Only unsigned bytes (code 8) are read.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

UNSIGNED_BYTE = 0x08


def read_bytes(path: Path) -> bytes:
    """Return a file's contents, decompressed if it begins as gzip does.

    Raises ValueError if the compressed stream is cut short or damaged.
    """
    raw = path.read_bytes()
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"{path}: the gzip file of {len(raw):,} bytes is truncated or damaged ({error}); "
            "delete it and fetch it again"
        ) from None


def parse_idx(contents: bytes, source: object) -> npt.NDArray[np.uint8]:
    """Return the array that uncompressed IDX `contents` hold; `source` names them in errors.

    Raises ValueError for another magic number or any other length than the header announces.
    """
    if len(contents) < 4 or contents[:2] != b"\0\0" or contents[2] != UNSIGNED_BYTE:
        raise ValueError(
            f"{source}: not an IDX file of unsigned bytes; it should begin with 00 00 08, "
            f"but begins with {contents[:4].hex(' ') or 'nothing'}"
        )
    header = 4 + 4 * contents[3]
    if len(contents) < header:
        raise ValueError(
            f"{source}: truncated IDX file, expected a header of {header} bytes, "
            f"found {len(contents)}"
        )
    shape = tuple(int(size) for size in np.frombuffer(contents[4:header], dtype=">u4"))
    expected = header + math.prod(shape)
    if len(contents) != expected:
        state = "truncated" if len(contents) < expected else "too long"
        raise ValueError(
            f"{source}: {state}; an IDX file of shape {shape} has {expected:,} bytes "
            f"uncompressed, found {len(contents):,}"
        )
    values = np.frombuffer(contents, dtype=np.uint8, offset=header)
    return values.reshape(shape).copy()  # a view of bytes could not be written to


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Read an IDX file, plain or gzipped; raise ValueError naming the file if it is damaged."""
    return parse_idx(read_bytes(path), path)
