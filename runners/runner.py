"""The runner contract: carry out jobs somewhere and yield evaluations as they finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fitness.evaluation import Evaluation, Job


class Runner(Protocol):
    """Where jobs run. Order of the answers is free; every job gets exactly one answer."""

    def start(self) -> str:
        """Bring the workers up; return one line for people about what was started."""

    @property
    def size(self) -> int:
        """How many jobs can run at once, as far as is known; 1 before the start."""

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take jobs, to be carried out in this order as far as there are workers."""

    def results(self) -> Iterator[Evaluation]:
        """Yield evaluations as they finish, until no submitted job is open.

        More may be submitted between two of them. Closing the iterator drops what is open.
        """

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Submit jobs and yield their evaluations; nothing else may be open."""

    def close(self) -> None:
        """Release the workers. May be called twice."""
