"""The runner contract: carry out jobs somewhere and yield evaluations as they finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fitness.evaluation import Evaluation, Job


class Runner(Protocol):
    """Where jobs run. Order of the answers is free; every job gets exactly one answer."""

    def start(self) -> str:
        """Bring the workers up; return one line for people about what was started."""

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Yield one evaluation per job, as they finish."""

    def close(self) -> None:
        """Release the workers. May be called twice."""
