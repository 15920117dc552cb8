"""Evaluators that need neither torch nor data, for the tests of runners. They can be pickled."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fitness.evaluation import Epoch, Evaluation, Job
from genomes.genes.gene import Record
from genomes.genes.genome import digest


def job(name: str, **expressed: object) -> Job:
    """Return a job of four epochs whose expressed values steer the evaluators below."""
    return Job(
        genome=name,
        expressed=Record(expressed),
        birth=Record(),
        key=digest(name),
        seed=int(digest(name), 16),
        from_epoch=0,
        to_epoch=4,
        adult_epochs=8,
    )


@dataclass(frozen=True)
class Sums:
    """Computes figures from the job's seed alone, as an honest evaluator does.

    `seconds` in the expressed values sleeps, `wrong` raises, `memory` runs out of memory.
    """

    offset: float = 0.0

    def evaluate(self, job: Job) -> Evaluation:
        time.sleep(job.expressed.get("seconds", 0.0))
        if "wrong" in job.expressed:
            raise ZeroDivisionError(job.expressed["wrong"])
        if "memory" in job.expressed:
            raise MemoryError("too large")
        losses = [((job.seed >> epoch) % 1000) / 1000 for epoch in range(1, 5)]
        return Evaluation(
            job=job.name,
            genome=job.genome,
            key=job.key,
            from_epoch=0,
            to_epoch=4,
            status="ok",
            curve=tuple(Epoch(n, x, x, x, x, 1.0) for n, x in enumerate(losses, 1)),
            objectives={"accuracy": sum(losses) / 4 + self.offset},
            costs={"training_flops": 1.0, "seconds": 0.0, "peak_bytes": 0.0, "epochs": 4.0},
            checkpoint=job.key.encode() * 10_000,
        )


@dataclass(frozen=True)
class Dies:
    """Kills its own process the first `times` times that a job with `dies` comes along."""

    folder: Path
    times: int

    def evaluate(self, job: Job) -> Evaluation:
        if "dies" in job.expressed:
            marks = list(self.folder.glob(f"{job.genome}-*"))
            if len(marks) < self.times:
                (self.folder / f"{job.genome}-{len(marks)}").touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return Sums().evaluate(job)


class CannotBeLoaded:
    """Pickles well, and raises where it is unpickled."""

    def evaluate(self, job: Job) -> Evaluation:
        raise AssertionError("never reached")

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return _refuse, ("no such data on this machine",)


def _refuse(text: str) -> None:
    raise FileNotFoundError(text)


class Threads:
    """Tells how many threads the numeric libraries may use, and its process."""

    def evaluate(self, job: Job) -> Evaluation:
        threads = float(os.environ.get("OMP_NUM_THREADS", "0"))
        figures = {"threads": threads, "process": float(os.getpid())}
        return Evaluation(job.name, job.genome, job.key, 0, 4, "ok", objectives=figures)


class Visible:
    """Tells in its reason which GPUs its process may see."""

    def evaluate(self, job: Job) -> Evaluation:
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
        return Evaluation(job.name, job.genome, job.key, 0, 4, "ok", seen)


class Strangers:
    """Answers with what is no evaluation, or not that of the job."""

    def evaluate(self, job: Job) -> Evaluation:
        if job.genome == "text":
            return "seventeen"  # type: ignore[return-value]
        return Evaluation("another-0004", job.genome, job.key, 0, 4, "ok")


@dataclass(frozen=True)
class Weighed:
    """Says what its jobs take of a device of `size` bytes, and notes in a folder when they run.

    `bytes` in the expressed values is the estimate, `took` what was "measured". `crowded` runs
    out of memory if another job runs meanwhile, `huge` always does.
    """

    folder: Path
    size: int | None = 100

    def job_bytes(self, job: Job) -> int:
        return int(job.expressed["bytes"])

    def device_bytes(self) -> int | None:
        return self.size

    def idle_bytes(self) -> int:
        return 0

    def evaluate(self, job: Job) -> Evaluation:
        began = time.monotonic()
        mark = self.folder / f"running-{job.genome}"
        mark.touch()
        time.sleep(job.expressed.get("seconds", 0.5))
        others = len(list(self.folder.glob("running-*"))) - 1
        mark.unlink()
        line = f"{job.genome} {job.expressed['bytes']} {began} {time.monotonic()}\n"
        with (self.folder / "log").open("a") as log:
            log.write(line)
        if "huge" in job.expressed or ("crowded" in job.expressed and others):
            raise MemoryError("no room")
        evaluation = Sums().evaluate(job)
        costs = {**evaluation.costs, "peak_bytes": float(job.expressed.get("took", 0))}
        return replace(evaluation, costs=costs)

    def runs(self) -> list[tuple[str, int, float, float]]:
        """Return name, bytes, begin and end of what ran, in the order of the ends."""
        lines = (line.split() for line in (self.folder / "log").read_text().splitlines())
        return [(name, int(size), float(begin), float(end)) for name, size, begin, end in lines]


@dataclass
class Bulky:
    """Lends an array; tells its sum in the worker, and whether it may be written there."""

    numbers: int = 1000

    def share(self) -> Mapping[str, Any]:
        import numpy as np

        return {"array": np.ones(self.numbers)}

    def unshare(self, bulk: Mapping[str, Any]) -> None:
        self.array = bulk["array"]

    def evaluate(self, job: Job) -> Evaluation:
        time.sleep(job.expressed.get("seconds", 0.0))
        objectives = {
            "sum": float(self.array.sum()),
            "writeable": float(self.array.flags.writeable),
            "process": float(os.getpid()),
            "torch": float("torch" in sys.modules),
        }
        return Evaluation(job.name, job.genome, job.key, 0, 4, "ok", objectives=objectives)


@dataclass(frozen=True)
class Large:
    """Answers with a checkpoint of so many bytes, which follow from the job."""

    size: int

    def evaluate(self, job: Job) -> Evaluation:
        blob = job.key.encode() * (self.size // len(job.key))
        return Evaluation(job.name, job.genome, job.key, 0, 4, "ok", checkpoint=blob)
