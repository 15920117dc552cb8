"""Reads a file of separated values as it was most likely meant, and says how it was taken.

Encoding and separator follow from the file; header and lines are checked. What the texts of a
column mean, `fitness.data.tables.meaning` says.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from fitness.data.arrays import UnusableData

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LOOKED_AT = 50  # lines of which the separator follows
BLOCK = 1 << 20  # bytes
UTF8, WINDOWS = "utf-8-sig", "cp1252"
SHOWN = 5  # names in a message


@dataclass(frozen=True)
class Raw:
    """A table as it was read: a pandas DataFrame with a text name for each column, and notes."""

    frame: Any
    notes: tuple[str, ...] = ()


def read_csv(path: Path) -> Raw:
    """Read a file, which may be gzipped; raises UnusableData for what no table can be meant by."""
    import pandas

    encoding, notes = _encoding(path)
    separator = _separator(path, encoding)
    if separator != ",":
        notes += (f"columns are separated by {SEPARATORS[separator]}",)
    names = _names(path, encoding, separator)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            frame = pandas.read_csv(
                path, sep=separator, encoding=encoding, header=0, names=names, index_col=False,
                skipinitialspace=True, low_memory=False,
            )  # fmt: skip
    except (pandas.errors.ParserError, pandas.errors.ParserWarning, csv.Error) as error:
        _check_lines(path, encoding, separator, len(names))
        raise UnusableData(f"cannot be read as a table: {str(error).strip()}") from None
    if not len(frame):
        raise UnusableData("has a header, but no rows")
    if frame[names[-1]].isna().any():  # a line that was cut short looks so
        _check_lines(path, encoding, separator, len(names))
    return Raw(frame, notes)


def checked_names(given: list[str]) -> list[str]:
    """Return the names of columns; raise UnusableData for what leaves open which is meant."""
    names = [name.strip() for name in given]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UnusableData(
            f"has more than one column named {', '.join(map(repr, twice[:SHOWN]))}; rename them"
        )
    if names.count("") > 1:
        raise UnusableData(f"has {names.count('')} columns without a name; name them")
    if all(_is_number(name) for name in names):
        raise UnusableData(
            f"begins with a line of numbers ({', '.join(names[:SHOWN])}); it needs a first line "
            "with the names of the columns"
        )
    return [name or "(no name)" for name in names]


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield file  # type: ignore[misc]  # gzip's file is one of bytes


def _encoding(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return UTF-8 if that is what the bytes are, else what Windows writes in western Europe."""
    with _opened(path) as file:
        start = file.read(4)
        if not start:
            raise UnusableData("is empty")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", ("the file is UTF-16",)
        if b"\0" in start:
            raise UnusableData("is no text")
    if _can_decode(path, "utf-8"):
        return UTF8, ()
    if _can_decode(path, WINDOWS):
        return WINDOWS, ("the file is not UTF-8; it is read as Windows-1252",)
    raise UnusableData(
        "is neither UTF-8 nor Windows-1252; convert it: iconv -f ITS_ENCODING -t UTF-8"
    )


def _can_decode(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with _opened(path) as file:
        try:
            while block := file.read(BLOCK):
                if "\0" in decoder.decode(block):
                    raise UnusableData("is no text: it has bytes of zero")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


@contextmanager
def _lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    with _opened(path) as file:
        yield iter(codecs.getreader(encoding)(file))


def _separator(path: Path, encoding: str) -> str:
    """Return what splits all of the first lines into as many fields, more than one."""
    with _lines(path, encoding) as lines:
        first = [line for line in islice(lines, LOOKED_AT) if line.strip()]
    widths = {one: [len(row) for row in csv.reader(first, delimiter=one)] for one in SEPARATORS}
    able = [one for one, counts in widths.items() if counts[0] > 1 and len(set(counts)) == 1]
    if len(able) > 1:
        able = [one for one in able if widths[one][0] == max(widths[one][0] for one in able)]
    if len(able) == 1:
        return able[0]
    if len(able) > 1:
        read = " or ".join(SEPARATORS[one] for one in able)
        raise UnusableData(f"may be separated by {read}; write it so that one of them is left")
    if any(counts[0] > 1 for counts in widths.values()):  # some line differs: reading says which
        return max(widths, key=lambda one: widths[one][0])
    raise UnusableData(
        "has a single column; expected columns separated by commas, semicolons, tabs or bars, "
        "with their names in the first line"
    )


def _names(path: Path, encoding: str, separator: str) -> list[str]:
    with _lines(path, encoding) as lines:
        header = next(csv.reader((line for line in lines if line.strip()), delimiter=separator))
    return checked_names(header)


def _check_lines(path: Path, encoding: str, separator: str, expected: int) -> None:
    """Raise UnusableData for the first line that has more or fewer fields than the header."""
    with _lines(path, encoding) as lines:
        rows = csv.reader(lines, delimiter=separator)
        for row in rows:
            if row and len(row) != expected:
                raise UnusableData(
                    f"line {rows.line_num} has {len(row)} fields, the header has {expected}; mend "
                    "or remove it"
                )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
