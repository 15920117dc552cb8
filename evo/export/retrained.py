"""`retrained.csv` of a run folder: what networks of the run reached when trained from scratch.

A network that began with inherited weights owes part of its skill to them. Written by `evo
retrain` alone; nothing in a run depends on it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from evo.errors import BadInput
from evo.files.csv_rows import read_rows, write_rows
from evo.files.paths import run_argument
from evo.record.checkpoints import CheckpointFolder
from evo.record.run_folder import RunFolder
from fitness.metric import Metric
from fitness.regimen import NONE

FILE = "retrained.csv"
LEFT = ("active_parameters", "active_ratio", "dense_parameters")
FIGURES = ("validation", "test", *LEFT, "temperature", "teaching_weight")
EARLIER = {"validation": "validation_accuracy", "test": "test_accuracy"}  # the columns of before


@dataclass(frozen=True)
class Retrained:
    """One training from scratch: the metric on both splits is None unless `status` is ok.

    `key` is its trajectory key; the same key is the same training and need not be repeated. Where
    it is a `refit`, the validation data were trained on and measure nothing. `average` is that of
    its weights, see `fitness.training.averaging`; `teacher` says who taught it, at a `temperature`
    and for a weight, in which `generation`: 0 if nobody did. What is left of the network stands in
    `active_parameters`, `active_ratio` and `dense_parameters`.
    """

    genome: str
    epochs: int
    seed: int
    key: str
    status: str
    validation: float | None = None
    test: float | None = None
    refit: bool = False
    active_parameters: float | None = None
    active_ratio: float | None = None
    dense_parameters: float | None = None
    average: str = NONE
    generation: int = 0
    teacher: str = ""
    temperature: float | None = None
    teaching_weight: float | None = None

    @property
    def as_in_runs(self) -> bool:
        """Whether nothing but the genes said how it was trained."""
        return not self.refit and self.average == NONE and not self.generation

    @property
    def manner(self) -> Hashable:
        """What all seeds of one way of training have in common."""
        taught = self.generation, self.teacher, self.temperature, self.teaching_weight
        return self.refit, self.epochs, self.average, taught


def weights_of(folder: RunFolder) -> CheckpointFolder:
    """Return where the weights of trainings from scratch lie, by their keys."""
    return CheckpointFolder(folder.path / "retrained")


def best_retrained(
    folder: RunFolder, genome: str, metric: Metric, rows: Sequence[Retrained]
) -> Retrained:
    """Return which of these trainings of a genome to export; raises `BadInput` if none was kept.

    A refit goes before others, then more epochs, then the metric on validation data; the test
    split never chooses, so of refits it is the first seed of those that were trained last.
    """
    kept = weights_of(folder).names()
    own = [row for row in rows if row.genome == genome]
    able = [row for row in own if row.status == "ok" and row.key in kept]
    if not able:
        run = run_argument(folder.path)
        failed = ", ".join(sorted({row.status for row in own} - {"ok"}))
        raise BadInput(
            f"no weights of {genome} from scratch are kept{failed and f' ({failed})'}; "
            f"`evo retrain {run} --genome {genome}` trains them, with --refit on train and "
            "validation data"
        )
    sign = -1.0 if metric.rises else 1.0
    latest = list(dict.fromkeys(row.manner for row in reversed(able)))

    def rank(row: Retrained) -> tuple[float, ...]:
        merit = sign * (row.validation or 0)
        return not row.refit, -row.epochs, merit, latest.index(row.manner), row.seed

    return min(able, key=rank)


def read_retrained(folder: RunFolder) -> list[Retrained]:
    """Return all trainings from scratch of a run; raises `BadInput` for a damaged file."""
    path = folder.path / FILE
    try:
        return [_row(row) for row in read_rows(path)]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is damaged ({error}); remove it to train anew") from None


def write_retrained(folder: RunFolder, rows: Iterable[Retrained]) -> None:
    """Write the file in one step; raises `RecordError`."""
    write_rows(folder.path / FILE, Retrained, rows)


def card_facts(rows: Sequence[Retrained], genome: str, metric: str) -> dict[str, int | float]:
    """Return what the card of an export says of a genome's trainings from scratch, if any.

    Those over the most epochs count, of trainings as the run has them.
    """
    sound = [r for r in rows if r.genome == genome and r.status == "ok" and r.as_in_runs]
    epochs = max((row.epochs for row in sound), default=0)
    sound = [row for row in sound if row.epochs == epochs]
    facts: dict[str, int | float] = {"retrained_seeds": len(sound), "retrained_epochs": epochs}
    for name in ("validation", "test"):
        values = [value for row in sound if (value := getattr(row, name)) is not None]
        if values:
            facts[f"retrained_{name}_{metric}"] = fmean(values)
    return facts if sound else {}


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean and the standard deviation, which one value alone does not have."""
    return fmean(values), stdev(values) if len(values) > 1 else None


def _row(row: dict[str, str]) -> Retrained:
    written = {name: row.get(name) or row.get(EARLIER.get(name, name)) for name in FIGURES}
    figures = {name: float(text) for name, text in written.items() if text}
    return Retrained(
        row["genome"],
        int(row["epochs"]),
        int(row["seed"]),
        row["key"],
        row["status"],
        refit=row.get("refit") == "True",  # not in older files, nor is what follows
        average=row.get("average") or NONE,
        generation=int(row.get("generation") or 0),
        teacher=row.get("teacher") or "",
        **{name: figures.get(name) for name in FIGURES},
    )
