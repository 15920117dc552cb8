"""The reference runner: one job after another, in this process, without any start-up.

A job that hangs, or that takes the whole process down, cannot be stopped here; `ray_pool` can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fitness.evaluation import Evaluation, Evaluator, Job
from runners.answer import answer


class SerialRunner:
    """Runs jobs in the order given."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def start(self) -> str:
        """Do nothing; return the line for people."""
        return "Running one job at a time in this process."

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Yield one evaluation per job, in order."""
        for job in jobs:
            yield answer(self._evaluator, job)

    def close(self) -> None:
        """Do nothing."""
