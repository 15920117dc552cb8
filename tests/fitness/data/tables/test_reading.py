"""Files of separated values as people have them: what is understood, what is refused and how."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.loaders import csv
from fitness.data.options import DataOptions
from tests.fitness.data.tables.tiny import houses, load, text_of

PLAIN = text_of(houses())


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (text_of(houses(), ";"), ["columns are separated by semicolons"]),
        (text_of(houses(), "\t"), ["columns are separated by tabs"]),
        (
            text_of(houses(), ";", ","),
            ["columns are separated by semicolons",
             "columns size, price: decimal commas are understood"],
        ),
        (PLAIN.encode("cp1252"), ["the file is not UTF-8; it is read as Windows-1252"]),
        (PLAIN.encode("utf-16"), ["the file is UTF-16"]),
        (PLAIN.encode("utf-8-sig"), []),
        (PLAIN.replace("\n", "\r\n"), []),
        (PLAIN.replace(",", ", "), []),
    ],
)  # fmt: skip
def test_each_way_to_write_a_table_is_the_same_table(
    tmp_path: Path, text: str | bytes, notes: list[str]
) -> None:
    expected, found = load(tmp_path, PLAIN), load(tmp_path, text)
    assert np.array_equal(found.train.x, expected.train.x, equal_nan=True)
    assert found.fingerprint() == expected.fingerprint()
    assert list(found.notes[: len(notes)]) == notes
    assert found.notes[len(notes) :] == expected.notes


def test_a_gzipped_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "houses.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    found = csv.load(path, DataOptions(target=("price",)))
    assert found.fingerprint() == load(tmp_path, PLAIN).fingerprint()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,price\n", "has a header, but no rows"),
        ("a\n1\n2\n", "has a single column"),
        ("a,a,price\n1,2,3\n", "more than one column named 'a'; rename them"),
        (",,price\n1,2,3\n", "2 columns without a name"),
        ("1,2,3\n4,5,6\n", "begins with a line of numbers"),
        ("a,price\n1,2\n3\n4,5\n", "line 3 has 1 fields, the header has 2"),
        ("a,price\n1,2\n3,4,5\n", "line 3 has 3 fields, the header has 2"),
        (PLAIN + "7.5,Ulm", "line 42 has 2 fields, the header has 4; mend or remove it"),
        (b"a,price\n\x00\x00", "no text"),
        (b"\x81\x8d,price\n1,2\n", "neither UTF-8 nor Windows-1252"),
        ("a,price\n1,2\ninf,3\n4,5\n", "column 'a': row 2 is infinite"),
        ("a,price\n" + "1,2\n" * 9 + "1x,3\n", "column 'a': '1x' in row 10 is no number"),
    ],
)
def test_what_is_damaged_or_ambiguous_is_an_error_that_names_the_file(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    if message.startswith("column 'a': '1x'"):
        text = "a,price\n" + "".join(f"{n % 8}.5,{n}\n" for n in range(9)) + "1x,3\n"
    with pytest.raises(UnusableData, match=message) as caught:
        load(tmp_path, text)
    assert "houses.csv: " in str(caught.value)


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        csv.load(tmp_path / "none.csv")
