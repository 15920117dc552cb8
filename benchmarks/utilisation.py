"""How busy are the workers of a fleet, with generations that overlap and without?

Usage: python benchmarks/utilisation.py [--overlaps 0 1 2 3] [--generations 40] [--workers 16]

Jobs sleep: their durations are log-normal, sigma 1, median 0.2 s, drawn from the job's seed. Each
generation has 96 juveniles, of whom 32 grow up (of the founders more). The figure is the time
that jobs slept, over workers times the wall time from the first job's begin, when all workers are
up, to the last one's end.

Beside it stands what the same jobs would give if evo itself took no time: the search is repeated
in one process without sleeping, which is the same history, and its jobs are scheduled by the rule
of `evo.running.fleet_schedule`. Each overlap breeds others, so its stragglers are others. What
children lose by being bred with older knowledge is told by
`search_efficiency.py --methods gendered overlap-1 overlap-2`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import evo
from evo.running.fleet_schedule import schedule

JUVENILES, ADULTS = 96, 32
EPOCHS = (1, 2)
MEDIAN_SECONDS, SIGMA = 0.2, 1.0
SPACE = {name: evo.Real(0.0, 1.0) for name in "abcd"}


def duration(seed: int, epochs: int) -> float:
    """Return how long a job sleeps, in seconds."""
    return MEDIAN_SECONDS * random.Random(hash((seed, epochs))).lognormvariate(0.0, SIGMA)


class Sleeper:
    """Sleeps, and notes when it began and ended in a file of its own.

    The first job of each process waits until all processes are up.
    """

    def __init__(self, folder: str, workers: int) -> None:
        self.folder, self.workers = folder, workers
        self.are_all_up = False

    def __call__(self, parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        if not self.are_all_up:
            (Path(self.folder) / f"up-{os.getpid()}").touch()
            while len(list(Path(self.folder).glob("up-*"))) < self.workers:
                time.sleep(0.01)
            self.are_all_up = True
        began = time.time()
        time.sleep(duration(seed, epochs))
        name = Path(self.folder) / f"slept-{seed}-{epochs}"
        name.write_text(f"{began} {time.time()}", encoding="utf-8")
        return outcome(parameters)


@dataclass
class Witness:
    """Does not sleep, but notes how long it would have; listens for who was how many."""

    young: list[float] = field(default_factory=list)
    grown: list[float] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        (self.young if epochs == EPOCHS[0] else self.grown).append(duration(seed, epochs))
        return outcome(parameters)

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Note how many were trained."""
        self.counts.append((summary["juveniles"], summary["adults"]))

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take no note."""

    def jobs(self) -> list[tuple[list[float], list[float]]]:
        """Return the durations of each generation's juveniles and adults."""
        young, grown = iter(self.young), iter(self.grown)
        jobs = [(list(islice(young, j)), list(islice(grown, a))) for j, a in self.counts]
        assert not [*young, *grown], "some trainings belong to no generation"
        return jobs


def outcome(parameters: Mapping[str, float]) -> evo.Outcome:
    """Return the objectives of a point; training does not change them."""
    error = sum((value - 0.3) ** 2 for value in parameters.values())
    return evo.Outcome({"error": error, "size": parameters["a"] + 0.1})


def search(evaluate: Any, overlap: int, generations: int, **settings: Any) -> None:
    """Run the search; equal arguments give the same history, wherever it is computed."""
    evo.search(
        SPACE,
        evaluate,
        objectives={"error": "min", "size": "min"},
        epochs=EPOCHS,
        population=JUVENILES,
        generations=generations,
        overlap=overlap,
        settings={"sons": JUVENILES, "promoted_share": ADULTS / JUVENILES, "audit_share": 0.0},
        **settings,
    )


def measured(overlap: int, generations: int, workers: int) -> tuple[float, float]:
    """Return the busy share of a search by sleeping jobs, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        search(Sleeper(folder, workers), overlap, generations, runner="ray", workers=workers)
        files = Path(folder).glob("slept-*")
        times = [tuple(map(float, file.read_text().split())) for file in files]
    wall = max(end for _, end in times) - min(begin for begin, _ in times)
    return sum(end - begin for begin, end in times) / (workers * wall), wall


def ideal(overlap: int, generations: int, workers: int) -> tuple[float, float]:
    """Return the busy share and the seconds of the same jobs if evo itself took no time."""
    witness = Witness()
    search(witness, overlap, generations, listener=witness)
    wall, share = schedule(witness.jobs(), workers, overlap)
    return share, wall


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--overlaps", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--generations", type=int, default=40)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    lines = [
        f"{options.workers} workers, {options.generations} generations of {JUVENILES} juveniles "
        f"and {ADULTS} adults, log-normal jobs",
        f"{'overlap':<10}{'busy share':>12}{'seconds':>10}   if evo took no time",
    ]
    for overlap in options.overlaps:
        share, seconds = measured(overlap, options.generations, options.workers)
        best_share, best_seconds = ideal(overlap, options.generations, options.workers)
        lines.append(
            f"{overlap:<10}{share:>12.3f}{seconds:>10.1f}   {best_share:.3f}, {best_seconds:.1f} s"
        )
        print(lines[-1], file=sys.stderr, flush=True)
    text = "\n".join(lines) + "\n"
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
