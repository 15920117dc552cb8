"""Reads texts: a file, or the .txt files of a folder one after the other, in UTF-8."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from fitness.data.arrays import UnusableData

MARKS = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins


class Text(NamedTuple):
    """A text, and what was taken otherwise than it was written."""

    text: str
    notes: tuple[str, ...] = ()


def read_text(path: Path) -> Text:
    """Read a file, or all `*.txt` of a folder and its folders in the order of their names.

    Line ends become one character. Raises FileNotFoundError where there is nothing, UnusableData,
    naming the file, for what is no text in UTF-8 (or UTF-16 with a mark).
    """
    if path.is_file():
        return _read(path)
    if not path.is_dir():
        raise FileNotFoundError(
            f"there is no file or folder {path} (looked for from {Path.cwd()})"
        )
    files = sorted(file for file in path.rglob("*.txt") if file.is_file())
    if not files:
        raise UnusableData(f"{path} is a folder without a file *.txt; expected the texts in it")
    found = [_read(file) for file in files]
    joined = f"{len(files)} files were joined in the order of their names"
    notes = dict.fromkeys([joined, *(note for one in found for note in one.notes)])
    return Text("\n".join(one.text for one in found), tuple(notes))


def _read(path: Path) -> Text:
    data = path.read_bytes()
    if data.startswith(MARKS):
        text, notes = _decoded(path, data, "utf-16"), [f"{path.name} was read as UTF-16"]
    else:
        text, notes = _decoded(path, data, "utf-8-sig"), []
    if "\0" in text:
        place = text.index("\0")
        raise UnusableData(f"{path} has a NUL character at place {place:,}: it is no text")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        notes.append(f"line ends of {path.name} were taken as one character")
    return Text(text, tuple(notes))


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"byte {data[error.start]:#04x} at place {error.start:,}"
        raise UnusableData(
            f"{path} is not in {encoding.removesuffix('-sig').upper()} ({what}). If it is in "
            f"Latin-1: iconv -f latin1 -t utf-8 {path.name} > new.txt"
        ) from None
