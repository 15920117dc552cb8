"""How often a job is done again, counted apart by what befell it.

A node that is taken away says nothing about the job it held, so it costs none of the job's own
tries; it is bounded all the same, for a job may be what brings nodes down.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

Cause = Literal["worker died", "node lost", "out of memory"]
LIMITS: dict[Cause, int] = {"worker died": 2, "node lost": 20, "out of memory": 1}


class Retries:
    """What befell the jobs that are outstanding, by name and cause."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, Cause]] = Counter()

    def again(self, job: str, cause: Cause) -> bool:
        """Count one more mishap; return whether the job is to be done again."""
        self._counted[job, cause] += 1
        return self.count(job, cause) <= LIMITS[cause]

    def count(self, job: str, cause: Cause) -> int:
        """Return how often this befell a job."""
        return self._counted[job, cause]

    def forget(self, job: str) -> None:
        """Forget a job that is done."""
        for cause in LIMITS:
            self._counted.pop((job, cause), None)
