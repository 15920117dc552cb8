"""What evo hands over: a search, then the network it chose trained anew on train and validation.

Validation data alone choose; test data are read once, of the trainings at the end.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import evo
from evo.export.retrain import retrain
from evo.findings.front_table import front_and_roles
from evo.record.run_folder import RunFolder
from fitness.data.task import Task


@dataclass(frozen=True)
class Handed:
    """A network: its metric on test data (the mean over `tests`), its size, and who it is."""

    tests: tuple[float, ...]
    active: float
    genome: str

    @property
    def test(self) -> float:
        """The mean over trainings, each of which could be handed over."""
        return fmean(self.tests)


def search(task: Task | str, folder: Path, name: str, **settings: Any) -> Any:
    """Return a run as `evo.load` does; one that is finished is not repeated."""
    if (folder / name / "finished").exists():
        return evo.load(folder / name, task=task if isinstance(task, Task) else None)
    shutil.rmtree(folder / name, ignore_errors=True)
    places = {"results": str(folder), "name": name, "runner": "serial", "progress": False}
    found = evo.run(task, **places, **settings)
    (folder / name / "finished").touch()
    return found


def best(folder: Path) -> str:
    """Return the front's best by its measurements on folds, as `evo export --choose best` does."""
    return str(front_and_roles(RunFolder(folder)).roles["best"]["genome"])


def best_within(run: Any, metric: str, most_active: float) -> str:
    """Return the front's best on validation data, as `evo export --max-active` does."""
    front = run.front
    within = front[front["active_parameters"] <= most_active]
    if within.empty:
        raise SystemExit(f"no network of the front has at most {most_active:,} parameters")
    return str(within.sort_values(metric, ascending=False)["genome"].iloc[0])


def handed_over(folder: Path, genome: str, seeds: int, epochs: int | None = None) -> Handed:
    """Train a network anew, as `evo retrain --refit` does; measure it on test data."""
    rows = retrain(RunFolder(folder), genome, epochs, seeds, refit=True).rows
    tests = tuple(row.test for row in rows if row.test is not None)
    return Handed(tests, max(row.active_parameters or 0.0 for row in rows), genome)
