"""The runner contract: carry out jobs somewhere and yield evaluations as they finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fitness.evaluation import Evaluation, Job
from runners.events import FleetStatus, Tell


class Runner(Protocol):
    """Where jobs run. Results may come in any order; every job gets exactly one."""

    def start(self) -> str:
        """Bring the workers up; return one line for people about what was started."""

    @property
    def size(self) -> int:
        """How many jobs can run at once, as far as is known; 1 before the start."""

    def submit(self, jobs: Sequence[Job]) -> None:
        """Add jobs, also between two results of `results`."""

    def results(self) -> Iterator[Evaluation]:
        """Yield one evaluation per job submitted, as they finish, until none is outstanding.

        Closing the iterator forgets what is outstanding, and stops what runs.
        """

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Submit the jobs when the first result is asked for, then yield the results."""

    def listen(self, tell: Tell) -> None:
        """Send events of workers and jobs to `tell`, on the caller's thread."""

    def fleet_status(self) -> FleetStatus:
        """Return how many workers are up and busy now; any thread may ask."""

    def close(self) -> None:
        """Release the workers. May be called twice."""
