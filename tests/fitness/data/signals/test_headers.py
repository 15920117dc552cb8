"""Headers: files that are damaged, empty or unlike the others are named before any is decoded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.signals.headers import Header, check_alike, read_headers
from tests.fitness.data.signals.sounds import tone, write

NAMES = ["a", "b", "c"]


def test_length_rate_and_channels(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.wav", tone(0, 40)),
        write(tmp_path / "b.flac", tone(0, 30, channels=2), rate=8000),
    ]
    assert read_headers(files, tmp_path) == [Header(40, 800, 1), Header(30, 8000, 2)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"x/b\.wav cannot be read: Format not recognised; repair or remove it"),
        (b"this is no sound", "Format not recognised"),
        (30, "No 'data' chunk marker"),
        (44, r"x/b\.wav is cut off: 0 of 80 bytes"),
        (100, "is cut off: 56 of 80 bytes"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes | int, message: str) -> None:
    good = write(tmp_path / "x" / "a.wav", tone(0))
    bad = tmp_path / "x" / "b.wav"
    bad.write_bytes(good.read_bytes()[:content] if isinstance(content, int) else content)
    with pytest.raises(UnusableData, match=message):
        read_headers([good, bad], tmp_path)


def test_a_recording_without_sound_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableData, match=r"^a\.wav is empty: it holds no sound"):
        read_headers([write(tmp_path / "a.wav", tone(0, 0))], tmp_path)


def test_a_size_that_was_not_known_when_it_was_written_is_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone(0))
    content = bytearray(path.read_bytes())
    content[40:44] = b"\xff\xff\xff\xff"  # as programs do that write into a pipe
    path.write_bytes(content)
    assert read_headers([path], tmp_path) == [Header(40, 800, 1)]


def test_another_rate_is_named_unless_one_is_stated() -> None:
    headers = [Header(40, 8000, 1), Header(40, 16000, 1), Header(40, 8000, 1)]
    message = r"b has 16,000 numbers a second, 2 others have 8,000; say --sample-rate 8000"
    with pytest.raises(UnusableData, match=message):
        check_alike(headers, NAMES, None)
    check_alike(headers, NAMES, 8000)
    check_alike(headers[::2], NAMES[::2], None)


def test_other_channels_are_named_whatever_the_rate() -> None:
    headers = [Header(40, 8000, 2), Header(40, 8000, 1), Header(40, 8000, 1)]
    with pytest.raises(UnusableData, match=r"a has 2 channels, 2 others have 1.*-ac 1"):
        check_alike(headers, NAMES, 8000)


def test_without_the_library_its_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(UnusableData, match=r"pip install 'evo-nas\[signals\]'"):
        read_headers([tmp_path / "a.wav"], tmp_path)
