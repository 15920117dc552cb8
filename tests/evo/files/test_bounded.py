"""Files of unknown origin: plain ones of bounded size are read, nothing else is waited for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.files.bounded import read_bytes, read_text, unzipped
from tests.troubles.hostile import ADDRESS_BYTES, ODD, bounded_memory


def test_a_plain_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text("\ufeffabc", encoding="utf-8")
    assert read_text(path) == "abc"
    assert read_bytes(path, 6) == "\ufeffabc".encode()
    with pytest.raises(BadInput, match=r"some.json has 6 bytes, expected at most 5"):
        read_bytes(path, 5)


@pytest.mark.parametrize("kind", ["a pipe", "a device without end"])
def test_a_pipe_and_a_device_are_refused(tmp_path: Path, kind: str) -> None:
    ODD[kind](tmp_path / "odd")
    with pytest.raises(BadInput, match=r"odd is a pipe or a device, expected a plain file"):
        read_bytes(tmp_path / "odd")


def test_no_more_memory_is_asked_for_than_a_file_has(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"few")
    with bounded_memory():
        assert read_bytes(tmp_path / "weights", 100 * ADDRESS_BYTES) == b"few"


def test_a_folder_and_nothing_raise_what_python_does(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_bytes(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / "nothing")


def test_gzip_is_unpacked_up_to_a_bound() -> None:
    packed = gzip.compress(b"0" * 10_000)
    assert unzipped(packed, 10_000) == b"0" * 10_000
    with pytest.raises(ValueError, match="more than 9,999 bytes"):
        unzipped(packed, 9_999)
    for damaged in (packed[:-1], packed + b"x", b"", b"none"):
        with pytest.raises(ValueError, match=r"cut short|header|incorrect"):
            unzipped(damaged, 10_000)
    wrong = packed[:-8] + bytes(4) + packed[-4:]
    with pytest.raises(ValueError, match="incorrect data check"):
        unzipped(wrong, 10_000)
