"""How much work is the engine itself, without any training, per generation and individual?

Goal: at most 2 s per generation at a population of 10,000, growing close to linearly from 1,000.

A real engine breeds networks for digits with the strategy `nsga2`: as many children per generation
as the population holds, every one within the limits of the task, worded as a job with its key,
recorded in `run.sqlite`, and sorted with the population for survival; then the front, `pareto.csv`
and the snapshot are written. Only the training is missing: a formula answers at once, in this
process, without a learning curve and without weights. Its own time is shown, but not counted.

    python benchmarks/engine_overhead.py [--populations 1000 2000 5000 10000] [--generations 5]
           [--output results/reference/engine_overhead.txt]

Medians over the generations after the first, whose founders are drawn instead of bred. The growth
is the exponent of the population in a least-squares fit; 1 is linear. CPU seconds stand beside
those on the clock, which other programs on the machine lengthen.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from unittest import mock

import moocore
import numpy as np

from evo.engine.engine import Engine, Limits
from evo.pareto.front import Front
from evo.problems.network_problem import NetworkProblem, make_axes
from evo.record.recorder import RunRecord
from evo.running.garbage import collect_seldom
from evo.settings.config import RunConfig, metric_of, resolve
from evo.strategies import nsga2
from evo.strategy import SearchContext, Settings
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Evaluation, Job
from fitness.objective import Objective
from fitness.training.numerics import Numerics
from genomes.genes.genome import Genome
from runners.serial import SerialRunner

POPULATIONS = (1000, 2000, 5000, 10000)
GOAL_SECONDS, GOAL_POPULATION, GOAL_GROWTH = 2.0, 10000, 1.15
EVALUATOR = "the evaluator's formula"
REST = "told in order, front, the rest"


class Stopwatch:
    """CPU seconds by part; what a timed call calls counts for the inner part alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._stack = [REST]
        self._since = time.process_time()

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time counted for a part."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._switch()
            self._stack.append(part)
            try:
                return function(*args, **kwargs)
            finally:
                self._switch()
                self._stack.pop()

        return run

    def lap(self) -> dict[str, float]:
        """Return what was counted since the last lap."""
        self._switch()
        counted, self.seconds = dict(self.seconds), defaultdict(float)
        return counted


class Formula:
    """Answers like a trained network would, from its genes: the larger and better tuned, the more
    accurate, in steps of one validation image, with luck drawn from the job's seed."""

    def evaluate(self, job: Job) -> Evaluation:
        """Compute the answer."""
        training, sparsity = job.expressed["training"], job.expressed["pruning"]["final_sparsity"]
        dense, channels = 10.0, 1
        for stage in job.expressed["architecture"]["stages"]:
            dense += channels * stage["width"] * stage["kernel"] ** 2 * stage["depth"]
            channels = stage["width"]
        ratio = 1.0 - sum(sparsity) / len(sparsity)
        active = float(round(dense * ratio) + 1)
        tuned = math.exp(-(math.log10(training["learning_rate"] / 0.05) ** 2))
        luck = job.seed % 1000 / 1e5
        accuracy = 0.85 + 0.14 * tuned * (1.0 - 8.0 / math.sqrt(active + 64.0)) + luck
        return Evaluation(
            job.name,
            job.genome,
            job.key,
            job.from_epoch,
            job.to_epoch,
            "ok",
            objectives={
                "accuracy": round(288 * accuracy) / 288,
                "active_ratio": ratio,
                "active_parameters": active,
                "shrunk_parameters": active,
                "dense_parameters": dense,
                "flops": 30.0 * dense,
                "validation_loss": 1.0 - accuracy,
            },
            costs={
                "training_flops": 1e6 * dense,
                "seconds": 0.0,
                "peak_bytes": 0.0,
                "epochs": float(job.to_epoch),
            },
        )


@dataclass
class Clock:
    """Listens to the engine; notes time and its parts at the end of every generation."""

    stopwatch: Stopwatch
    laps: list[dict[str, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    front_size: int = 0

    def __post_init__(self) -> None:
        self._since = time.perf_counter()

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Note a finished generation."""
        now = time.perf_counter()
        self.seconds.append(now - self._since)
        self.laps.append(self.stopwatch.lap())
        self._since = now
        self.front_size = summary["front_size"]

    def progress(self, done: int, total: int, stage: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class TimedProblem:
    """The problem as the engine sees it, timed."""

    adult_epochs: int
    job: Callable[..., Job]


def network_world(population: int) -> tuple[NetworkProblem, SearchContext]:
    """Return what `evo run --task digits --strategy nsga2 --population N` would work on."""
    task = TaskReference("digits").load()
    config = resolve(RunConfig(task="digits", strategy="nsga2", population=population), task)
    objectives = [Objective.load(name) for name in config.objectives]
    values, numerics = config.model_dump(), Numerics.for_device("cpu")
    problem = NetworkProblem.of(task, objectives, values, {}, numerics)
    axes = make_axes(
        objectives, {o.name: o.reference(task) for o in objectives}, metric_of(config)
    )
    settings = Settings(**{f.name: values[f.name] for f in fields(Settings)})
    return problem, SearchContext(problem.space, axes, settings, config.seed, problem.costs)


def measure(population: int, generations: int, folder: Path) -> Clock:
    """Run some generations on a new record; return what was timed."""
    problem, context = network_world(population)
    feature_set = Stopwatch()

    def limits(genome: Genome) -> Mapping[str, float]:
        return problem.costs(genome)

    timed_world = SearchContext(
        context.space,
        context.axes,
        context.settings,
        context.seed,
        feature_set.timed("limits", limits),
    )
    strategy, clock, front = nsga2.make(timed_world), Clock(feature_set), Front(context.axes)
    evaluator = Formula()
    with ExitStack() as stack:
        record = stack.enter_context(closing(RunRecord.create(folder / f"{population}", "")))
        for part, owner, names in (
            (EVALUATOR, evaluator, ["evaluate"]),
            ("breeding", strategy, ["_births"]),
            ("survival", strategy.box, ["survive"]),
            ("rows of run.sqlite", record, ["add_born", "add_evaluation", "add_trials"]),
            ("rows of run.sqlite", record, ["find_all", "finish_generation"]),
            ("snapshot, pareto.csv", record, ["write_front"]),
            ("snapshot, pareto.csv", record.folder, ["write_snapshot"]),
        ):
            for name in names:
                timed = feature_set.timed(part, getattr(owner, name))
                stack.enter_context(mock.patch.object(owner, name, timed))
        engine = Engine(
            problem=TimedProblem(
                problem.adult_epochs, feature_set.timed("jobs, keys", problem.job)
            ),
            strategy=strategy,
            runner=SerialRunner(evaluator),
            record=record,
            front=front,
            limits=Limits(generations),
            listener=clock,
        )
        engine.run()
    return clock


@dataclass(frozen=True)
class Result:
    """Medians for one population, in seconds per generation."""

    population: int
    seconds: float
    cpu_seconds: float
    parts: Mapping[str, float]
    front_size: int

    @classmethod
    def of(cls, population: int, clock: Clock) -> Result:
        """Leave the founders' generation and the evaluator out."""
        laps = clock.laps[1:]
        names = sorted({name for lap in laps for name in lap})
        parts = {name: statistics.median(lap.get(name, 0.0) for lap in laps) for name in names}
        formula = [lap.get(EVALUATOR, 0.0) for lap in laps]
        wall = [whole - own for whole, own in zip(clock.seconds[1:], formula, strict=True)]
        cpu = [sum(lap.values()) - own for lap, own in zip(laps, formula, strict=True)]
        return cls(
            population, statistics.median(wall), statistics.median(cpu), parts, clock.front_size
        )


def growth(results: Sequence[Result]) -> float:
    """Return the exponent of the population in a least-squares fit of the seconds."""
    populations = np.log([result.population for result in results])
    seconds = np.log([result.cpu_seconds for result in results])
    return float(np.polyfit(populations, seconds, 1)[0])


def report(results: Sequence[Result], generations: int) -> Iterator[str]:
    """Yield the table, the split by part and the verdicts."""
    yield "The engine's own work per generation (goal: 2 s at 10,000, close to linear from 1,000)"
    yield (
        f"strategy nsga2, networks for digits, {generations - 1} generations after the founders; "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, numpy {np.__version__}, moocore {moocore.__version__}"
    )
    yield ""
    yield f"{'population':>10} {'seconds':>9} {'CPU s':>7} {'us each':>8} {'front':>7}"
    for r in results:
        each = 1e6 * r.seconds / r.population
        yield (
            f"{r.population:>10,} {r.seconds:>9.2f} {r.cpu_seconds:>7.2f} {each:>8.0f} "
            f"{r.front_size:>7,}"
        )
    yield ""
    yield "CPU microseconds per individual, by part"
    yield f"{'':<32}" + "".join(f"{r.population:>9,}" for r in results)
    for part in sorted(results[-1].parts, key=lambda name: -results[-1].parts[name]):
        each = (1e6 * r.parts.get(part, 0.0) / r.population for r in results)
        note = " (not counted)" if part == EVALUATOR else ""
        yield f"{part + note:<32}" + "".join(f"{value:>9.1f}" for value in each)
    yield ""
    yield from scored_predictions(results)


def scored_predictions(results: Sequence[Result]) -> Iterator[str]:
    """Yield whether the goals are met."""
    for r in results:
        if r.population == GOAL_POPULATION:
            met = "met" if r.seconds <= GOAL_SECONDS else "MISSED"
            yield (
                f"population {r.population:,}: {r.seconds:.2f} s per generation (goal at most "
                f"{GOAL_SECONDS:g} s): {met}"
            )
    if len(results) > 1:
        exponent = growth(results)
        met = "met" if exponent <= GOAL_GROWTH else "MISSED"
        yield (
            f"CPU seconds grow with population^{exponent:.2f} (goal close to linear, at most "
            f"{GOAL_GROWTH:g}): {met}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all populations, print the report, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--populations", type=int, nargs="+", default=POPULATIONS)
    parser.add_argument("--generations", type=int, default=5)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args(arguments)
    collect_seldom()  # as `evo run` does
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for population in given.populations:
            clock = measure(population, given.generations, Path(folder))
            results.append(Result.of(population, clock))
    text = "\n".join(report(results, given.generations))
    print(text)
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
