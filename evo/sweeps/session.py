"""Carries a sweep out: what is missing is trained, then it is summed up, drawn and judged.

Killed at any moment it loses the trainings in hand; the same call goes on with what is missing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evo.engine.stopping import exit_code, stoppable
from evo.errors import BadInput, Interrupted, NothingSucceeded
from evo.files.atomic_file import remove_partials, unwritable, write_atomically
from evo.files.paths import absolute
from evo.record.run_lock import locked
from evo.running.from_scratch import carry_out, measured
from evo.running.parts import Parts
from evo.sweeps.figures import draw_figures
from evo.sweeps.networks import read_genome
from evo.sweeps.plan import CONFIG, Sweep, folder_of
from evo.sweeps.request import completed, network_of
from evo.sweeps.statistics import Point, points
from evo.sweeps.trainings import (
    LEFT,
    SETTLED,
    Planned,
    Training,
    planned,
    read_trainings,
    write_trainings,
)
from evo.sweeps.verdict import verdict
from fitness.evaluation import Evaluation
from fitness.metric import Metric
from genomes.genes.genome import Genome

GENOME, VERDICT = "genome.json", "verdict.txt"


class SweepListener(Protocol):
    """Someone who watches a sweep."""

    def started(self, folder: Path, said: str, done: int, total: int) -> None:
        """Hear that the workers are up; so many of all trainings were there before."""

    def trained(self, row: Training) -> None:
        """Hear of a training that has ended."""


@dataclass(frozen=True)
class Outcome:
    """A finished sweep: what was asked, its trainings in order, and what they say."""

    folder: Path
    sweep: Sweep
    genome: Genome
    metric: Metric
    trainings: tuple[Training, ...]
    points: tuple[Point, ...]
    verdict: tuple[str, ...]


@stoppable()
def carry_out_sweep(sweep: Sweep, listener: SweepListener, folder: Path | None = None) -> Outcome:
    """Train what is missing of a sweep, in a folder where it has begun; say what came of it.

    Raises `BadInput` or ValueError before anything is written, `Interrupted` after a signal,
    `NothingSucceeded` if every training failed.
    """
    sweep, parts = completed(sweep)
    if folder is None:
        folder = folder_of(sweep, absolute(sweep.training.results))
    sweep = sweep.named(folder.name)
    genome = _kept_genome(folder) or network_of(sweep, parts)
    wanted = list(planned(sweep.grid, genome, parts.problem, sweep.granularity))
    try:
        with ExitStack() as held:
            if folder.is_dir():
                _hold(folder, held)
            known = {row.key: row for row in read_trainings(folder)}
            work = Work(folder, sweep, genome, parts, wanted, known)
            return _judged(work, _trained(work, held, listener))
    except KeyboardInterrupt as stop:
        if not folder.is_dir():
            raise
        raise Interrupted(folder, exit_code(stop)) from None


@dataclass(frozen=True)
class Work:
    """What is to be trained, and what is `known` already, by key."""

    folder: Path
    sweep: Sweep
    genome: Genome
    parts: Parts
    wanted: Sequence[Planned]
    known: dict[str, Training]

    def missing(self) -> list[Planned]:
        """Return what was not trained, or failed in a way that another time may not."""
        settled = {key for key, row in self.known.items() if row.status in SETTLED}
        return [one for one in self.wanted if one.job.key not in settled]

    def rows(self) -> list[Training]:
        """Return what is known of what is wanted, in order."""
        keys = [one.job.key for one in self.wanted]
        return [self.known[key] for key in keys if key in self.known]

    def add(self, row: Training) -> None:
        """Take in a training, and write all, those that other grids wanted last."""
        self.known[row.key] = row
        keys = {one.job.key for one in self.wanted}
        others = [row for key, row in self.known.items() if key not in keys]
        write_trainings(self.folder, [*self.rows(), *others])


def _hold(folder: Path, held: ExitStack) -> None:
    """Be the only one at work on a sweep until `held` ends; raises `RunBusy`."""
    held.enter_context(locked(folder / "lock"))
    remove_partials(folder)


def _trained(work: Work, held: ExitStack, listener: SweepListener) -> list[Training]:
    missing = {one.job.key: one for one in work.missing()}

    def started(said: str) -> None:
        _begin(work, held)
        done = len(work.wanted) - len(missing)
        listener.started(work.folder, said, done, len(work.wanted))

    def finished(evaluation: Evaluation) -> None:
        row = _row(work, missing[evaluation.key], evaluation)
        work.add(row)
        listener.trained(row)

    if missing:
        jobs = [one.job for one in missing.values()]
        carry_out(work.parts.runner, jobs, finished, started)
    else:
        _begin(work, held)
    return work.rows()


def _begin(work: Work, held: ExitStack) -> None:
    """Write what a sweep begins with."""
    if not work.folder.is_dir():
        try:
            work.folder.mkdir(parents=True)
        except OSError as error:
            raise BadInput(
                f"{unwritable(work.folder, error)}; choose another --results"
            ) from error
        _hold(work.folder, held)
    write_atomically(work.folder / CONFIG, work.sweep.to_toml())
    write_atomically(work.folder / GENOME, json.dumps(work.genome.to_json(), indent=1) + "\n")


def _row(work: Work, one: Planned, evaluation: Evaluation) -> Training:
    found = measured(work.parts, one.job.expressed, evaluation, LEFT)
    return Training(
        one.curve,
        one.sparsity,
        one.seed,
        one.job.key,
        evaluation.status,
        evaluation.reason,
        evaluation.to_epoch,
        work.parts.metric.name,
        **found,
    )


def _judged(work: Work, rows: Sequence[Training]) -> Outcome:
    """Sum up, write and draw what the trainings say."""
    if not any(row.status == "ok" for row in rows):
        reason, _ = Counter(row.reason or row.status for row in rows).most_common(1)[0]
        raise NothingSucceeded(f"every training failed, most often so: {reason}", work.folder)
    metric = work.parts.metric
    found = tuple(points(work.sweep.grid, rows))
    lines = tuple(verdict(found, rows, metric))
    write_atomically(work.folder / VERDICT, "\n".join(lines) + "\n")
    draw_figures(found, metric, work.folder)
    return Outcome(work.folder, work.sweep, work.genome, metric, tuple(rows), found, lines)


def _kept_genome(folder: Path) -> Genome | None:
    """Return the network of a sweep that has begun, None of a new one; raises `BadInput`."""
    path = folder / GENOME
    return read_genome(path) if path.is_file() else None
