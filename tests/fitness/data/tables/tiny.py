"""Small tables as text."""

from __future__ import annotations

import random
from pathlib import Path

from fitness.data.loaders import csv
from fitness.data.options import DataOptions
from fitness.data.task import Task


def houses(rows: int = 40, **columns: object) -> list[dict[str, object]]:
    """Rows of a size, a city, an age that some lack, and a price; more columns as given."""
    rng = random.Random(0)
    found: list[dict[str, object]] = []
    for number in range(rows):
        size, city = round(rng.uniform(20, 90), 1), rng.choice(("Ulm", "Bonn", "Köln"))
        age = "" if number % 7 == 0 else rng.randrange(1, 60)
        price = round(3 * size + {"Ulm": 1, "Bonn": 40, "Köln": 80}[city] + rng.gauss(0, 2), 2)
        more = {name: make(number) for name, make in columns.items()}  # type: ignore[operator]
        found.append({"size": size, "city": city, "age": age, **more, "price": price})
    return found


def text_of(rows: list[dict[str, object]], separator: str = ",", decimal: str = ".") -> str:
    lines = [separator.join(rows[0])]
    for row in rows:
        fields = (
            str(v).replace(".", decimal) if type(v) is float else str(v) for v in row.values()
        )
        lines.append(separator.join(fields))
    return "\n".join(lines) + "\n"


def load(folder: Path, text: str | bytes, target: str = "price", **options: object) -> Task:
    """Load a table that is written to a file first."""
    path = folder / "houses.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return csv.load(path, DataOptions(target=(target,), **options))  # type: ignore[arg-type]
