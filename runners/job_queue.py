"""Jobs that wait for a worker: in order, but for those that fit where the first one does not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from fitness.evaluation import Job

LOOK_AHEAD = 32  # jobs behind the first that may go before it, where it does not fit
PASSED_OVER = 64  # times that the first may be passed over; then it is waited for


@dataclass
class Waiting:
    """A job that waits, with its estimated peak bytes (zero until estimated)."""

    job: Job
    bytes: int = 0


class JobQueue:
    """The jobs that no worker has yet, those that want a whole device apart."""

    def __init__(self) -> None:
        self._queue: deque[Waiting] = deque()
        self._alone: deque[Waiting] = deque()
        self._passed_over = 0

    def __len__(self) -> int:
        return len(self._queue) + len(self._alone)

    @property
    def wants_a_device(self) -> bool:
        """Whether a job waits for a device of its own."""
        return bool(self._alone)

    def add(self, jobs: Iterable[Waiting]) -> None:
        """Add jobs at the end."""
        self._queue.extend(jobs)

    def again(self, waiting: Waiting, *, alone: bool = False) -> None:
        """Put a job in front; if `alone`, among those that want a whole device."""
        if alone:
            self._alone.append(waiting)
        else:
            self._queue.appendleft(waiting)

    def next(self, fits: Callable[[Waiting], bool]) -> Waiting | None:
        """Take out the first job that fits, None if none of the first few does."""
        most = LOOK_AHEAD if self._passed_over < PASSED_OVER else 1
        for position, waiting in enumerate(islice(self._queue, most)):
            if fits(waiting):
                del self._queue[position]
                self._passed_over = self._passed_over + 1 if position else 0
                return waiting
        return None

    def next_alone(self) -> Waiting:
        """Take out the job that has waited longest for a whole device."""
        return self._alone.popleft()

    def clear(self) -> None:
        """Forget all jobs."""
        self._queue.clear()
        self._alone.clear()
        self._passed_over = 0
