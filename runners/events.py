"""What happens to workers and to the jobs they hold, for the record and the screen.

Nothing here affects results: the history is the same whichever worker came, left or was replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fitness.evaluation import Job

Kind = Literal[
    "joined", "refused", "lost", "retried", "stopped", "given up", "waiting", "misjudged"
]
LEVELS: dict[Kind, str] = {
    "joined": "info",
    "refused": "warning",  # a worker cannot be brought up while others are
    "lost": "warning",  # a worker died, or its node cannot be reached
    "retried": "warning",  # a job is done again
    "stopped": "info",  # a worker was killed over its job's time limit; the job's row says so
    "given up": "warning",  # a job failed because of what happened to its workers
    "waiting": "warning",  # no worker is left, or none has room
    "misjudged": "warning",  # a job took more memory than was estimated
}


@dataclass(frozen=True)
class WorkerEvent:
    """One line worth keeping."""

    kind: Kind
    text: str

    @property
    def level(self) -> str:
        """How grave it is, in the words of the record: info or warning."""
        return LEVELS[self.kind]


@dataclass(frozen=True)
class Post:
    """A worker with a job, and for how long it has had it."""

    worker: str
    job: Job
    seconds: float


@dataclass(frozen=True)
class FleetStatus:
    """How many workers are wanted and up, which have a job, and the last event's text."""

    wanted: int = 0
    up: int = 0
    posts: tuple[Post, ...] = ()  # by the number of the worker
    last: str = ""

    @property
    def busy(self) -> int:
        """How many have a job."""
        return len(self.posts)


Tell = Callable[[WorkerEvent], None]
