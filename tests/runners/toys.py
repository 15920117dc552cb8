"""Evaluators that need neither torch nor data, for the tests of runners. They can be pickled."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from fitness.evaluation import Epoch, Evaluation, Job
from genomes.gene import Record
from genomes.genome import digest


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
