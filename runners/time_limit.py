"""How long a job may take before it is taken to hang."""

from __future__ import annotations

from fitness.evaluation import Job

TIMES = 20  # what the slowest epoch so far took; networks that are bred later may be slower
LEAST_SECONDS = 300.0  # in which a worker also loads libraries and warms its device up


class TimeLimit:
    """A number of seconds that was set, or what follows from the finished jobs.

    Without a number a job may take `TIMES` as long as the slowest epoch so far would make it, and
    `LEAST_SECONDS` at least. Until a whole batch is done it may take anything: the first
    results come from the quickest. `inf` is no limit.
    """

    def __init__(self, fixed: float | None = None) -> None:
        if fixed is not None and not fixed > 0:
            raise ValueError(f"received hard_limit_seconds={fixed}, expected above 0")
        self._fixed = fixed
        self._slowest = 0.0  # seconds an epoch
        self._is_known = False

    def learn(self, job: Job, seconds: float) -> None:
        """Take note that a job took so many seconds."""
        pace = seconds / max(1, job.to_epoch - job.from_epoch)
        self._slowest = max(pace, self._slowest)

    def settle(self) -> None:
        """Take note that no worker is busy, so that the slowest jobs count too."""
        self._is_known = self._slowest > 0.0

    def seconds(self, job: Job) -> float | None:
        """Return what a job may take, None for anything."""
        if self._fixed is not None or not self._is_known:
            return self._fixed
        return max(LEAST_SECONDS, TIMES * self._slowest * (job.to_epoch - job.from_epoch))

    def reason(self, job: Job) -> str:
        """Word why a job was stopped."""
        seconds = self.seconds(job)
        if self._fixed is not None:
            return f"stopped after the hard limit of {seconds:g} seconds"
        return (
            f"stopped after {seconds:.0f} seconds, {TIMES} times what the slowest so far would "
            "have taken; --job-timeout sets another limit"
        )
