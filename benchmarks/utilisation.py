"""How busy are the workers of a fleet, with generations that overlap and without?

Usage: python benchmarks/utilisation.py [--overlaps 0 1 2 3 4] [--generations 40] [--workers 16]

Jobs sleep: their durations are log-normal, sigma 1, median 0.2 s, drawn from the job's seed, so
all searches are given the same kind of stragglers. Each generation has 96 juveniles, of whom 32
grow up. The figure is the time that jobs slept, over workers times the wall time from the first
job's begin to the last one's end. Beside it stands what a simulation of the same durations gives
that breeds in no time: the median, lowest and highest of nine draws, for a few stragglers more or
less matter. What children lose by being bred with older knowledge is told by
`search_efficiency.py --methods gendered overlap-1 overlap-2`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import evo
from evo.schedule import schedule

JUVENILES, ADULTS = 96, 32
MEDIAN_SECONDS, SIGMA = 0.2, 1.0
SPACE = {name: evo.Real(0.0, 1.0) for name in "abcd"}


def duration(seed: int) -> float:
    """Return how long a job sleeps, in seconds."""
    return MEDIAN_SECONDS * random.Random(seed).lognormvariate(0.0, SIGMA)


class Sleeper:
    """Sleeps, and notes when it began and ended in a file of its own process."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __call__(self, parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        began = time.time()
        time.sleep(duration(hash((seed, epochs))))
        name = Path(self.folder) / f"{seed}-{epochs}"
        name.write_text(f"{began} {time.time()}", encoding="utf-8")
        error = sum((value - 0.3) ** 2 for value in parameters.values())
        return evo.Outcome({"error": error, "size": parameters["a"] + 0.1})


def measured(overlap: int, generations: int, workers: int) -> tuple[float, float]:
    """Return the busy share of a search by sleeping jobs, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        evo.search(
            SPACE,
            Sleeper(folder),
            objectives={"error": "min", "size": "min"},
            epochs=(1, 2),
            population=JUVENILES,
            generations=generations,
            overlap=overlap,
            runner="ray",
            workers=workers,
            settings={"sons": JUVENILES, "promoted_share": ADULTS / JUVENILES, "audit_share": 0.0},
        )
        times = [tuple(map(float, f.read_text().split())) for f in Path(folder).iterdir()]
    wall = max(end for _, end in times) - min(begin for begin, _ in times)
    return sum(end - begin for begin, end in times) / (workers * wall), wall


def simulated(overlap: int, generations: int, workers: int, seed: int = 0) -> float:
    """Return the busy share if breeding took no time."""
    rng = random.Random(seed)

    def durations(count: int) -> list[float]:
        return [MEDIAN_SECONDS * rng.lognormvariate(0.0, SIGMA) for _ in range(count)]

    jobs = [(durations(JUVENILES), durations(ADULTS)) for _ in range(generations)]
    return schedule(jobs, workers, overlap)[1]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--overlaps", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--generations", type=int, default=40)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    lines = [
        f"{options.workers} workers, {options.generations} generations of {JUVENILES} juveniles "
        f"and {ADULTS} adults, log-normal jobs",
        f"{'overlap':<10}{'busy share':>12}{'seconds':>10}   simulated",
    ]
    for overlap in options.overlaps:
        share, seconds = measured(overlap, options.generations, options.workers)
        ideal = [simulated(overlap, options.generations, options.workers, s) for s in range(9)]
        lines.append(
            f"{overlap:<10}{share:>12.3f}{seconds:>10.1f}   {np.median(ideal):.3f} "
            f"({min(ideal):.3f} to {max(ideal):.3f})"
        )
        print(lines[-1], file=sys.stderr, flush=True)
    text = "\n".join(lines) + "\n"
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
