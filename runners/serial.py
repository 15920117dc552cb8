"""The reference runner: one job after another, in this process, without any start-up.

A job that hangs, or that takes the whole process down, cannot be stopped here; `ray_pool` can.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fitness.evaluation import Evaluation, Evaluator, Job
from runners.events import FleetStatus, Tell
from runners.result import carry_out


class SerialRunner:
    """Runs jobs in the order given.

    `seconds_limit` is handed to the evaluator with each job: it ends a training after the epoch
    in which the limit was passed.
    """

    def __init__(self, evaluator: Evaluator, seconds_limit: float | None = None) -> None:
        self._evaluator = evaluator
        self._seconds_limit = seconds_limit
        self._waiting: deque[Job] = deque()

    def start(self) -> str:
        """Do nothing; return the line for people."""
        return "Running one job at a time in this process."

    @property
    def size(self) -> int:
        """One."""
        return 1

    def submit(self, jobs: Sequence[Job]) -> None:
        """Add jobs behind those that wait."""
        self._waiting.extend(jobs)

    def results(self) -> Iterator[Evaluation]:
        """Yield one evaluation per job, in the order submitted; nothing is begun ahead."""
        try:
            while self._waiting:
                yield carry_out(self._evaluator, self._limited(self._waiting.popleft()))
        finally:
            self._waiting.clear()

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Yield one evaluation per job, in order."""
        self.submit(jobs)
        yield from self.results()

    def listen(self, tell: Tell) -> None:
        """Do nothing: there are no workers that anything could happen to."""

    def fleet_status(self) -> FleetStatus:
        """Return no workers: this process does the work itself."""
        return FleetStatus()

    def close(self) -> None:
        """Do nothing."""

    def _limited(self, job: Job) -> Job:
        if self._seconds_limit is None:
            return job
        return replace(job, seconds_limit=self._seconds_limit)
