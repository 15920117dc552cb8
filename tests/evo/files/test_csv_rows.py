"""CSV files of dataclasses: written whole, read by column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evo.files.csv_rows import read_rows, write_rows


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: float | None


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "fruits.csv"
    assert read_rows(path) == []
    write_rows(path, Fruit, [Fruit("fig, dried", 0.5), Fruit("pear\nripe", None)])
    assert read_rows(path) == [
        {"name": "fig, dried", "weight": "0.5"},
        {"name": "pear\nripe", "weight": ""},
    ]
    write_rows(path, Fruit, [])
    assert path.read_text() == "name,weight\n"
