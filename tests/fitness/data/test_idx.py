"""IDX files: plain and gzipped are read, damaged ones are named."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from fitness.data.idx import read_idx

# Two 2x3 images: magic 00 00 08 03, sizes 2, 2, 3, then twelve bytes.
IMAGES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, *range(12)])


def write(folder: Path, contents: bytes) -> Path:
    path = folder / "images-idx3-ubyte"
    path.write_bytes(contents)
    return path


@pytest.mark.parametrize("contents", [IMAGES, gzip.compress(IMAGES)], ids=["plain", "gzip"])
def test_an_idx_file_is_read(tmp_path: Path, contents: bytes) -> None:
    values = read_idx(write(tmp_path, contents))
    assert values.dtype == np.uint8
    assert values.flags.writeable
    assert values.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]


def test_a_truncated_file_is_named_with_expected_and_found_sizes(tmp_path: Path) -> None:
    path = write(tmp_path, IMAGES[:-5])
    with pytest.raises(ValueError, match=r"truncated.*28 bytes.*found 23") as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"too long.*28 bytes.*found 29"):
        read_idx(write(tmp_path, IMAGES + b"\0"))


@pytest.mark.parametrize(
    ("contents", "found"),
    [(b"", "nothing"), (b"\x89PNG....", "89 50 4e 47"), (b"\0\0\x0d\x01\0\0\0\0", "00 00 0d 01")],
)
def test_a_wrong_magic_number_is_shown(tmp_path: Path, contents: bytes, found: str) -> None:
    with pytest.raises(ValueError, match=f"begin with 00 00 08, but begins with {found}"):
        read_idx(write(tmp_path, contents))


def test_a_header_cut_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="header of 16 bytes, found 9"):
        read_idx(write(tmp_path, IMAGES[:9]))


@pytest.mark.parametrize("damage", [slice(None, -9), slice(None, 12)])
def test_a_gzip_file_cut_short_is_refused(tmp_path: Path, damage: slice) -> None:
    path = write(tmp_path, gzip.compress(IMAGES)[damage])
    with pytest.raises(ValueError, match="truncated or damaged") as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_a_gzip_file_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    contents = bytearray(gzip.compress(IMAGES))
    contents[-6] ^= 1  # in the check sum
    with pytest.raises(ValueError, match="truncated or damaged"):
        read_idx(write(tmp_path, bytes(contents)))
