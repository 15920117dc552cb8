"""The default runner: long-lived Ray actors, on this machine or in an existing cluster.

A free worker takes the next job that fits on its device. The job of a worker that died runs again.
Results do not depend on which worker ran what. `scheduler` hands out jobs, `workers` starts and
replaces workers, `ray_cluster` holds what is peculiar to Ray, `ray_worker` runs in an actor.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Iterator, Sequence

from fitness.evaluation import Evaluation, Evaluator, Job
from runners.events import FleetStatus, Tell, WorkerEvent
from runners.needs import Needs
from runners.ray_cluster import Cluster, WorkersFailed
from runners.scheduler import Scheduler
from runners.time_limit import TimeLimit

__all__ = ["RayPool", "WorkersFailed"]

EARLY = 1000  # events that are kept until there is a listener


class RayPool:
    """Actors that share jobs.

    `workers` None means as many as fit: one a core, or a GPU where GPUs are asked for, and more
    when nodes join. `gpus_per_worker` 0 reserves none, None shares all of them evenly. A worker
    that takes longer than `hard_limit_seconds` for a job (None: far longer than others did) is
    killed, and the job `timed_out`. `ship` sends evo's packages to nodes that lack them.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        workers: int | None = None,
        address: str | None = None,
        *,
        cpus_per_worker: float = 1.0,
        gpus_per_worker: float | None = 0.0,
        hard_limit_seconds: float | None = None,
        ship: bool = False,
    ) -> None:
        needs = Needs(workers, cpus_per_worker, gpus_per_worker)
        self._evaluator = evaluator
        self._cluster = Cluster(needs, address, ship=ship)
        self._scheduler = Scheduler(evaluator, self._cluster, TimeLimit(hard_limit_seconds))
        self._outstanding = 0  # jobs that were submitted and have no result
        self._tell: Tell | None = None
        self._early: deque[WorkerEvent] = deque(maxlen=EARLY)  # before there was a listener

    def start(self) -> str:
        """Start Ray or join it, and bring the workers up; return one line about it.

        Raises ConnectionError if there is no cluster at the address, `WorkersFailed` if no worker
        comes up: no node is large enough, evo is not there or differs, the evaluator cannot be
        pickled.
        """
        if self._scheduler.slots:
            return f"{len(self._scheduler.slots)} Ray workers are up already."
        atexit.register(self.close)  # before Ray's own: its threads still call this one
        try:
            where = self._cluster.connect()
            self._cluster.settle()
            self._cluster.share(self._evaluator)
            self._scheduler.start()
        except BaseException:
            self.close()
            raise
        wanted = len(self._scheduler.slots)
        return f"{where} with {wanted} worker{'' if wanted == 1 else 's'}."

    @property
    def size(self) -> int:
        """The number of workers that are wanted."""
        return max(1, len(self._scheduler.slots))

    def submit(self, jobs: Sequence[Job]) -> None:
        """Add jobs, also between two results of `results`; a free worker begins at once."""
        if not self._scheduler.slots:
            raise RuntimeError("start() the runner before jobs are submitted or run")
        self._outstanding += len(jobs)
        self._scheduler.add(jobs)

    def results(self) -> Iterator[Evaluation]:
        """Yield one evaluation per job submitted, as they finish, until none is outstanding.

        Workers go on while the caller handles a result.
        """
        try:
            while self._outstanding:
                news = self._scheduler.hear()
                if isinstance(news, WorkerEvent):
                    self._pass_on(news)
                    continue
                self._outstanding -= 1
                yield news
        finally:
            self._abandon()

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Yield one evaluation per job, as they finish. Closing the iterator stops what runs."""
        self.submit(jobs)
        yield from self.results()

    def listen(self, tell: Tell) -> None:
        """Send events of workers and jobs to `tell`, from the start on."""
        early, self._tell = list(self._early), tell
        self._early.clear()
        for event in early:
            tell(event)

    def fleet_status(self) -> FleetStatus:
        """Return which workers are up and what they do; any thread may ask."""
        return self._scheduler.fleet_status()

    def close(self) -> None:
        """Kill the workers, and stop Ray if this pool started it. May be called twice."""
        atexit.unregister(self.close)
        self._outstanding = 0
        try:
            self._scheduler.close()
        finally:  # a second Ctrl-C still leaves no Ray behind
            self._cluster.close()

    def process_ids(self) -> list[int]:
        """Return the process ids of the workers, after waiting until all are up and free."""
        return [
            self._cluster.get(slot.actor.process_id.remote()) for slot in self._scheduler.slots
        ]

    def _pass_on(self, event: WorkerEvent) -> None:
        (self._tell or self._early.append)(event)

    def _abandon(self) -> None:
        """Forget what is outstanding: after Ctrl-C or an error, no one waits for it any more."""
        if self._outstanding:
            self._outstanding = 0
            self._scheduler.abandon()
        while not self._scheduler.results.empty():
            if isinstance(news := self._scheduler.results.get(), WorkerEvent):
                self._pass_on(news)
