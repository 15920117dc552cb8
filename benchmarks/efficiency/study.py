"""Runs a study: every method, problem and seed once, into a cache of lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.efficiency.meter import BudgetSpent, Call, Meter
from benchmarks.efficiency.methods import METHODS
from benchmarks.efficiency.problem import Problem
from benchmarks.efficiency.problems import make_problem

Key = tuple[str, str, int]  # problem, method, seed
Step = tuple[int, float]  # from so many epochs on, this value


@dataclass(frozen=True)
class Run:
    """What came of one run. `scores` lists the epochs at which the score changed, and to what."""

    problem: str
    method: str
    seed: int
    budget: int
    spent: int
    trainings: int
    proposals: int
    seconds: float
    scores: tuple[Step, ...]
    test: float | None

    @property
    def key(self) -> Key:
        return self.problem, self.method, self.seed

    def score(self, spent: float) -> float | None:
        """Return the score after so many epochs; None beyond what the method may spend."""
        return value_at(self.scores, spent) if spent <= self.budget else None


def value_at(steps: Sequence[Step], spent: float) -> float:
    """Return the value of the last change up to so many epochs; 0 before the first."""
    return max((step for step in steps if step[0] <= spent), default=(0, 0.0))[1]


def measure(problem: Problem, method: str, seed: int) -> Run:
    """Run a method once."""
    began = time.perf_counter()
    meter = Meter(problem, METHODS[method].budget(problem))
    with suppress(BudgetSpent), threadpool_limits(1):
        METHODS[method].search(meter, seed)
    seconds = time.perf_counter() - began
    grown = [call for call in meter.calls if call.epochs == problem.full]
    return Run(
        problem=problem.name,
        method=method,
        seed=seed,
        budget=meter.budget,
        spent=meter.spent,
        trainings=len(grown),
        proposals=meter.proposals,
        seconds=round(seconds, 3),
        scores=_scores(problem, grown),
        test=_test(problem, grown),
    )


def _scores(problem: Problem, grown: Sequence[Call]) -> tuple[Step, ...]:
    scores: list[Step] = []
    front: list[Call] = []
    for call in grown:
        front = _front(problem, [*front, call])
        score = problem.score([member.objectives for member in front])
        if not scores or score > scores[-1][1]:
            scores.append((call.spent, score))
    return tuple(scores)


def _front(problem: Problem, calls: Sequence[Call]) -> list[Call]:
    keep = problem.axes.nondominated(call.objectives for call in calls)
    return [call for call, stays in zip(calls, keep, strict=True) if stays]


def _test(problem: Problem, grown: Sequence[Call]) -> float | None:
    if problem.test is None or not grown:
        return None
    return problem.test([call.parameters for call in _front(problem, grown)])


class Cache:
    """A folder with a line of JSON for every run that is finished; later lines count."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "runs.jsonl"

    def read(self) -> dict[Key, Run]:
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        runs = [_run(json.loads(line)) for line in lines if line.endswith("}")]
        return {run.key: run for run in runs}

    def add(self, run: Run) -> None:
        add_line(self.path, json.dumps(asdict(run)))


def add_line(path: Path, line: str) -> None:
    """Add a line to a file, whose last one may have been cut off by a kill."""
    with path.open("a+b") as file:
        file.seek(max(0, file.tell() - 1))
        whole = file.read() in (b"", b"\n")
        file.write(("" if whole else "\n").encode() + line.encode() + b"\n")


def _run(values: dict[str, Any]) -> Run:
    scores = tuple((int(spent), float(score)) for spent, score in values["scores"])
    return Run(**{**values, "scores": scores})


def carry_out(keys: Iterable[Key], data_dir: Path, processes: int) -> Iterator[Run]:
    """Run what is asked for, in this process or in several; yield runs as they finish."""
    if processes == 1:
        for key in keys:
            yield _measure(key, data_dir)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_measure, key, data_dir) for key in keys]
        for future in as_completed(futures):
            yield future.result()


def _measure(key: Key, data_dir: Path) -> Run:
    problem, method, seed = key
    return measure(make_problem(problem, data_dir), method, seed)
