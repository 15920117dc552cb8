"""What a sweep is asked to do, its `config.toml`, and which folder it lies in.

The settings of the training are those of a run, `evo.settings.config.RunConfig`; a table `sweep`
stands beside them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from evo.errors import BadInput
from evo.files.atomic_file import PARTIAL
from evo.files.bounded import read_text
from evo.files.paths import absolute, run_argument, shown
from evo.running.free_folder import stem_of
from evo.settings.config import RunConfig, build
from evo.sweeps.grid import Grid
from evo.version import VERSION
from fitness.data.options import DataOptions
from fitness.silencing.pruning_plan import GRANULARITIES

CONFIG = "config.toml"
PROBLEM = "sweep"  # value of the key `problem`, which configs of runs do not have
TABLE = "sweep"
HEAD = "# `evo sweep` with this file goes on with this sweep, with another --name it repeats it.\n"
DATA = ("task", "data_dir", *(one.name for one in fields(DataOptions)), "task_fingerprint")
TRAINING = (
    "metric", "device", "precision", "memory_format", "family", "batch_sizes", "mechanisms",
    "plugins", "pins", "loss",
)  # fmt: skip
PLACES = (
    "runner",
    "workers",
    "address",
    "cpus_per_worker",
    "gpus_per_worker",
    "job_timeout",
    "ship",
)
SETTINGS = (*DATA, *TRAINING, "seed", *PLACES, "results", "name")  # of a run, that a sweep has
TRAINED = ("epochs", "granularity", "genome", "textbook")  # of the table: what is no grid
MAY_CHANGE = {*PLACES, "data_dir", "results", "name", "evo_version"}  # whenever it goes on


@dataclass(frozen=True)
class Sweep:
    """A grid of trainings of one network.

    `genome` is PATH_OF_RUN/ID or the path of a `genome.json`, else the family's `textbook` network
    is taken. `epochs` None are the task's, or the run's; `granularity` None is the genome's own.
    """

    training: RunConfig
    grid: Grid
    epochs: int | None = None
    granularity: str | None = None
    textbook: int = 1
    genome: str | None = None

    def __post_init__(self) -> None:
        if self.epochs is not None and self.epochs < 1:
            raise BadInput(f"received --epochs {self.epochs}, expected at least 1")
        check_granularity(self.granularity)

    def named(self, name: str) -> Sweep:
        """Return the sweep with a name."""
        return replace(self, training=self.training.model_copy(update={"name": name}))

    def to_toml(self) -> str:
        """Write all of it as a file that `read_sweep` reads back to an equal sweep."""
        import tomli_w

        return HEAD + tomli_w.dumps(self._values())

    def _values(self) -> dict[str, Any]:
        settings = self.training.model_dump(exclude_none=True, mode="json")
        table = {
            "sparsity": list(self.grid.sparsities),
            "curves": list(self.grid.curves),
            "seeds": self.grid.seeds,
            "epochs": self.epochs,
            "granularity": self.granularity,
            "genome": self.genome,
            "textbook": None if self.genome else self.textbook,
        }
        return {
            "problem": PROBLEM,
            "evo_version": VERSION,
            **{name: settings[name] for name in SETTINGS if _is_said(name, settings.get(name))},
            TABLE: {name: value for name, value in table.items() if value is not None},
        }

    def differences(self, other: Sweep) -> list[str]:
        """List what an other sweep trains otherwise; its grid may be another, or where it runs."""
        ours, theirs = (_flat(sweep._values()) for sweep in (self, other))
        return [
            f"{name} was {ours.get(name)}, now {theirs.get(name)}"
            for name in sorted({*ours, *theirs} - MAY_CHANGE)
            if ours.get(name) != theirs.get(name)
        ]


def check_granularity(granularity: str | None) -> None:
    """Raise `BadInput` for what cannot be pruned; None leaves it to the genome."""
    if granularity is not None and granularity not in GRANULARITIES:
        expected = " or ".join(GRANULARITIES)
        raise BadInput(f"received --granularity {granularity!r}, expected {expected}")


def _is_said(name: str, value: object) -> bool:
    """Tell a value from the absence of one; no mechanisms at all are a choice."""
    return value not in (None, [], {}) or (name == "mechanisms" and value is not None)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what shapes a training, by name."""
    table = {name: x for name, x in values[TABLE].items() if name in TRAINED}
    return {**{name: x for name, x in values.items() if name != TABLE}, **table}


def read_sweep(path: Path, options: Mapping[str, Any] | None = None) -> Sweep:
    """Read the config of a sweep; `options` of the training win. Raises `BadInput`."""
    if not path.is_file():
        raise BadInput(f"there is no config file {shown(path)}")
    values = sweep_values(path)
    if values is None:
        raise BadInput(f"{shown(path)} is not the config of a sweep; `evo sweep` writes one")
    table = values[TABLE]
    try:
        grid = Grid(tuple(table["sparsity"]), tuple(table["curves"]), table["seeds"])
        rest = {name: table[name] for name in TRAINED if name in table}
        settings = {name: x for name, x in values.items() if name not in ("problem", TABLE)}
        return Sweep(build(settings, options, str(path)), grid, **rest)
    except (KeyError, TypeError) as error:
        raise BadInput(f"{shown(path)} is damaged: {error}") from None


def sweep_values(path: Path) -> dict[str, Any] | None:
    """Return the values of the config of a sweep, None for anything else."""
    try:
        values = tomllib.loads(read_text(path))
    except (OSError, ValueError, RecursionError):  # no TOML, or no text, among them
        return None
    is_one = values.get("problem") == PROBLEM and isinstance(values.get(TABLE), dict)
    return values if is_one else None


def find_sweep(text: str, results: Path) -> Path | None:
    """Return the folder of the sweep of this name under `results`, or at this path, if any."""
    for path in (results / text, absolute(text)):
        if sweep_values(path / CONFIG) is not None:
            return path
    return None


def begun(folder: Path, places: Mapping[str, Any]) -> Sweep:
    """Return the sweep that lies in a folder, to go on at these `places`; raises `BadInput`."""
    for name in places:
        if name not in (*PLACES, "data_dir"):
            raise BadInput(f"{shown(folder)} is a sweep: --{name.replace('_', '-')} means nothing")
    return read_sweep(folder / CONFIG, places)


def folder_of(sweep: Sweep, results: Path) -> Path:
    """Return where a resolved sweep lies: under its name, else where an equal one was begun.

    Else it is the next free number. Raises `BadInput` if the name is taken by anything else.
    """
    if sweep.training.name is not None:
        folder = results / sweep.training.name
        if folder.exists() and not _is_empty(folder):
            _check_same(sweep, folder)
        return folder
    stem, number = f"sweep-{stem_of(sweep.training.task)}", 1
    while (folder := results / f"{stem}-{number:03d}").exists():
        if sweep_values(folder / CONFIG) is not None:
            begun = read_sweep(folder / CONFIG)
            if not begun.differences(sweep) and begun.grid == sweep.grid:
                return folder
        number += 1
    return folder


def _is_empty(folder: Path) -> bool:
    """Tell a folder in which a sweep was killed before it had begun."""
    return folder.is_dir() and all(
        path.name == "lock" or path.name.endswith(PARTIAL) for path in folder.iterdir()
    )


def _check_same(sweep: Sweep, folder: Path) -> None:
    """Raise `BadInput` unless a sweep of the same network, trained alike, lies in a folder."""
    if sweep_values(folder / CONFIG) is None:
        raise BadInput(f"{shown(folder)} exists already and is no sweep; choose another --name")
    if different := read_sweep(folder / CONFIG).differences(sweep):
        raise BadInput(
            f"{shown(folder)} is another sweep: {'; '.join(different)}. Go on with it by "
            f"`evo resume {run_argument(folder)}`, or choose another --name."
        )
