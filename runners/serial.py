"""The reference runner: one job after another, in this process, without any start-up.

A job that hangs, or that takes the whole process down, cannot be stopped here; `ray_pool` can.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from fitness.evaluation import Evaluation, Evaluator, Job
from runners.answer import answer


class SerialRunner:
    """Runs jobs in the order given."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._queue: deque[Job] = deque()

    def start(self) -> str:
        """Do nothing; return the line for people."""
        return "Running one job at a time in this process."

    @property
    def size(self) -> int:
        """One."""
        return 1

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue the jobs."""
        self._queue.extend(jobs)

    def results(self) -> Iterator[Evaluation]:
        """Yield one evaluation per job, in the order of submission."""
        try:
            while self._queue:
                yield answer(self._evaluator, self._queue.popleft())
        finally:
            self._queue.clear()

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Yield one evaluation per job, in order."""
        self.submit(jobs)
        return self.results()

    def close(self) -> None:
        """Do nothing."""
