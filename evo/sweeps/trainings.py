"""`trainings.csv` of a sweep: one row a training, written anew as each one ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evo.errors import BadInput
from evo.files.csv_rows import read_rows, write_rows
from evo.problems.network_problem import NetworkProblem
from evo.sweeps.grid import Grid
from evo.sweeps.networks import UNPRUNED, paired_job, pruned
from fitness.evaluation import Job
from genomes.genes.genome import Genome

FILE = "trainings.csv"
LEFT = ("active_parameters", "active_ratio", "dense_parameters", "shrunk_parameters", "flops")
FIGURES = ("validation", "test", *LEFT)
SETTLED = ("ok", "diverged")  # training it again would end in the same way


@dataclass(frozen=True)
class Training:
    """One training: `metric` on both splits, and what is left; None unless `status` is ok.

    `key` is its trajectory key. Of the `unpruned` network the sparsity is zero.
    """

    curve: str
    sparsity: float
    seed: int
    key: str
    status: str
    reason: str
    epochs: int
    metric: str
    validation: float | None = None
    test: float | None = None
    active_parameters: float | None = None
    active_ratio: float | None = None
    dense_parameters: float | None = None
    shrunk_parameters: float | None = None
    flops: float | None = None


@dataclass(frozen=True)
class Planned:
    """A training that a grid wants."""

    curve: str
    sparsity: float
    seed: int
    job: Job


def planned(
    grid: Grid, genome: Genome, problem: NetworkProblem, granularity: str | None
) -> Iterator[Planned]:
    """Yield the trainings of a grid, seed by seed, the unpruned network of each seed first."""
    cells = [(UNPRUNED, 0.0), *((c, s) for c in grid.curves for s in grid.sparsities)]
    networks = [(*cell, pruned(genome, *cell, granularity)) for cell in cells]
    for seed in range(1, grid.seeds + 1):
        for curve, sparsity, network in networks:
            yield Planned(curve, sparsity, seed, paired_job(problem, network, seed))


def read_trainings(folder: Path) -> list[Training]:
    """Return the trainings of a sweep, none if none has ended; `BadInput` for a damaged file."""
    path = folder / FILE
    try:
        return [_training(row) for row in read_rows(path)]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is damaged ({error}); remove it to train anew") from None


def write_trainings(folder: Path, rows: Iterable[Training]) -> None:
    """Write the file in one step; raises `RecordError`."""
    write_rows(folder / FILE, Training, rows)


def _training(row: dict[str, str]) -> Training:
    figures = {name: float(row[name]) for name in FIGURES if row[name]}
    return Training(
        row["curve"],
        float(row["sparsity"]),
        int(row["seed"]),
        row["key"],
        row["status"],
        row["reason"],
        int(row["epochs"]),
        row["metric"],
        **figures,
    )
