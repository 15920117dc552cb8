"""CSV files with one dataclass a row, rewritten whole with each row that comes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from evo.files.atomic_file import write_atomically
from evo.files.bounded import read_text


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV by column, none if there is no such file."""
    try:
        return list(csv.DictReader(io.StringIO(read_text(path))))
    except FileNotFoundError:
        return []


def write_rows(path: Path, kind: type[Any], rows: Iterable[Any]) -> None:
    """Write values of the dataclass `kind` in one step; raises `RecordError`."""
    text = io.StringIO()
    names = [field.name for field in fields(kind)]
    writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    write_atomically(path, text.getvalue())
