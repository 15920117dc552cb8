"""`retrained.csv` of a run folder: what networks of the run reached when trained from scratch.

A network that began with inherited weights owes part of its accuracy to them. Written by `evo
retrain` alone; nothing in a run depends on it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import fmean, stdev

from evo.errors import BadInput
from evo.run_folder import RunFolder

FILE = "retrained.csv"


@dataclass(frozen=True)
class Retrained:
    """One training from scratch: accuracies are None unless `status` is ok.

    `key` is its trajectory key; the same key is the same training and need not be repeated.
    """

    genome: str
    epochs: int
    seed: int
    key: str
    status: str
    validation_accuracy: float | None
    test_accuracy: float | None


def read_retrained(folder: RunFolder) -> list[Retrained]:
    """Return all trainings from scratch of a run; raises `BadInput` for a damaged file."""
    path = folder.path / FILE
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        return [_row(row) for row in rows]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is damaged ({error}); remove it to train anew") from None


def write_retrained(folder: RunFolder, rows: Iterable[Retrained]) -> None:
    """Write the file in one step; raises `RecordError`."""
    text = io.StringIO()
    names = [field.name for field in fields(Retrained)]
    writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    folder.write(folder.path / FILE, text.getvalue())


def card_facts(rows: Sequence[Retrained], genome: str) -> dict[str, int | float]:
    """Return what the card of an export says of a genome's trainings from scratch, if any.

    Those over the most epochs count.
    """
    sound = [row for row in rows if row.genome == genome and row.status == "ok"]
    epochs = max((row.epochs for row in sound), default=0)
    sound = [row for row in sound if row.epochs == epochs]
    facts: dict[str, int | float] = {"retrained_seeds": len(sound), "retrained_epochs": epochs}
    for name in ("validation_accuracy", "test_accuracy"):
        values = [value for row in sound if (value := getattr(row, name)) is not None]
        if values:
            facts[f"retrained_{name}"] = fmean(values)
    return facts if sound else {}


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean and the standard deviation, which one value alone does not have."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def _row(row: dict[str, str]) -> Retrained:
    accuracies = {
        name: float(text) if (text := row[name]) else None
        for name in ("validation_accuracy", "test_accuracy")
    }
    epochs, seed = int(row["epochs"]), int(row["seed"])
    return Retrained(row["genome"], epochs, seed, row["key"], row["status"], **accuracies)
