"""Texts are read as they are meant; what is none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.text.reading import Text, read_text


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_mark_at_the_beginning_is_no_character(tmp_path: Path) -> None:
    assert read_text(write(tmp_path, "a.txt", "\ufeffnaïve\n".encode())) == Text("naïve\n")


def test_utf_16_is_told_by_its_mark(tmp_path: Path) -> None:
    found = read_text(write(tmp_path, "a.txt", "naïve".encode("utf-16")))
    assert found == Text("naïve", ("a.txt was read as UTF-16",))


def test_line_ends_are_one_character(tmp_path: Path) -> None:
    found = read_text(write(tmp_path, "a.txt", b"a\r\nb\rc\n"))
    assert found == Text("a\nb\nc\n", ("line ends of a.txt were taken as one character",))


def test_latin_1_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "naïve".encode("latin-1"))
    reason = r"a.txt is not in UTF-8 \(byte 0xef at place 2\).*iconv -f latin1 -t utf-8 a.txt"
    with pytest.raises(UnusableData, match=reason):
        read_text(path)


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableData, match="NUL character at place 1"):
        read_text(write(tmp_path, "a.txt", b"a\0b"))
    with pytest.raises(FileNotFoundError, match=r"no file or folder .*gone.txt"):
        read_text(tmp_path / "gone.txt")


def test_files_of_a_folder_are_joined_by_name(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name, text in (("b.txt", "two"), ("a.txt", "one"), ("inner/c.txt", "three")):
        (tmp_path / name).write_text(text)
    (tmp_path / "notes.md").write_text("not this")
    joined = "3 files were joined in the order of their names"
    assert read_text(tmp_path) == Text("one\ntwo\nthree", (joined,))


def test_a_folder_without_texts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnusableData, match=r"without a file \*.txt"):
        read_text(tmp_path)
