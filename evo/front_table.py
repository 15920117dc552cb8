"""The front of a run as rows, read back from `pareto.csv` and the record."""

from __future__ import annotations

import csv
from typing import Any

from evo.run_folder import RunFolder
from evo.store import Store


def read_front(folder: RunFolder) -> list[dict[str, Any]]:
    """Return the rows of `pareto.csv` with numbers as numbers; none before it is written."""
    if not folder.pareto.is_file():
        return []
    with folder.pareto.open(encoding="utf-8", newline="") as file:
        return [
            {name: _typed(name, text) for name, text in row.items()}
            for row in csv.DictReader(file)
        ]


def measured_front(folder: RunFolder) -> list[dict[str, Any]]:
    """Return the same with what was measured at the end: see `evo.final.measure_front`."""
    with Store.open(folder.database, read_only=True) as store:
        found = {(m.genome, m.split, m.replicate): m.accuracy for m in store.measurements()}
    return [
        {
            **row,
            "test_accuracy": found.get((row["genome"], "test", 0)),
            "second_accuracy": found.get((row["genome"], "validation", 1)),
        }
        for row in read_front(folder)
    ]


def _typed(name: str, text: str) -> Any:
    if name == "genome":
        return text
    if text in ("True", "False"):
        return text == "True"
    try:
        return int(text)
    except ValueError:
        return float(text)
