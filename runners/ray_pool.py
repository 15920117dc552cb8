"""The runner for people: long-lived Ray actors, on this machine or in a cluster that is there.

Whoever is free takes the next job. A worker that dies is replaced and its job done again; results
do not depend on which worker did what. This is the only module that imports ray.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fitness.evaluation import Evaluation, Evaluator, Job, Status, failure
from runners.answer import answer, describe
from runners.ray_address import probe
from runners.worker_environment import cores, gpu_share, worker_environment

# Ray reads this when it is imported. It would print a paragraph for each worker that dies.
os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "A worker died or was killed")

import ray
from ray.exceptions import (
    OutOfMemoryError,
    RayError,
    RayTaskError,
    RuntimeEnvSetupError,
)

LOG = logging.getLogger("evo.runners")
UNTYPED_RAY: Any = ray  # for those of its functions that carry no types
RETRIES = 2  # of a job whose worker died
START_SECONDS = 120.0  # until the first worker has to be up


class WorkersFailed(RuntimeError):
    """No worker can be brought up; the message says why."""


class _Worker:
    """What runs in an actor's process: one evaluator, kept warm between jobs."""

    def __init__(self) -> None:
        self._evaluator: Evaluator | None = None

    def prepare(self, evaluator: Evaluator) -> None:
        """Keep the evaluator."""
        self._evaluator = evaluator

    def process_id(self) -> int:
        """Return the id of this process."""
        return os.getpid()

    def evaluate(self, job: Job) -> Evaluation:
        """Carry out a job."""
        assert self._evaluator is not None
        return answer(self._evaluator, job)


@dataclass
class _Slot:
    """A place for one worker: its actor, and what it is waited for (None: it is free).

    While `job` is None but `waiting` is not, the worker is still coming up.
    """

    actor: Any
    waiting: Any
    job: Job | None = None
    began: float = 0.0


class RayPool:
    """`workers` actors that share jobs.

    `workers` None means one a core of this machine, or of the cluster at `address`; one a GPU
    where GPUs are asked for. `gpus_per_worker` 0 reserves none, None shares all of them evenly.
    With `hard_limit_seconds`, a worker that takes longer for a job is killed, and the job
    `timed_out`.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        workers: int | None = None,
        address: str | None = None,
        *,
        gpus_per_worker: float | None = 0.0,
        hard_limit_seconds: float | None = None,
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"received workers={workers}, expected at least 1")
        if hard_limit_seconds is not None and hard_limit_seconds <= 0:
            raise ValueError(f"received hard_limit_seconds={hard_limit_seconds}, expected above 0")
        self._evaluator = evaluator
        self._workers = workers
        self._address = address
        self._gpus_per_worker = gpus_per_worker
        self._hard_limit_seconds = hard_limit_seconds
        self._slots: list[_Slot] = []
        self._queue: deque[Job] = deque()
        self._shared: Any = None  # the evaluator in the object store
        self._ours = False  # whether this pool started Ray, or connected to it
        self._failed_starts = 0

    # -- the runner contract ----------------------------------------------------------------------

    def start(self) -> str:
        """Start Ray or join it, and bring the workers up; return one line about it.

        Raises ConnectionError if there is no cluster at `address`, `WorkersFailed` if no worker
        comes up, for instance because the evaluator cannot be pickled.
        """
        if self._slots:
            return f"{len(self._slots)} Ray workers are up already."
        try:
            where = self._connect()
            count = self._size()
            self._shared = self._share()
            self._slots = [self._new_slot() for _ in range(count)]
            self._await_first()
        except BaseException:
            self.close()
            raise
        return f"{where} with {count} worker{'' if count == 1 else 's'}."

    @property
    def size(self) -> int:
        """The number of workers."""
        return max(1, len(self._slots))

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue jobs, and let those who are free begin."""
        if not self._slots:
            raise RuntimeError("start() the runner before run()")
        self._queue.extend(jobs)
        self._assign(self._queue)

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Submit and yield."""
        self.submit(jobs)
        return self.results()

    def results(self) -> Iterator[Evaluation]:
        """Yield evaluations as they finish. Closing the iterator stops what runs."""
        queue = self._queue
        deaths: Counter[str] = Counter()
        try:
            while queue or any(slot.job for slot in self._slots):
                self._assign(queue)
                for slot in self._ready():
                    evaluation = self._collect(slot, queue, deaths)
                    if evaluation is not None:
                        self._assign(queue)  # let nobody idle while the answer is looked at
                        yield evaluation
                yield from self._overdue()
        finally:
            queue.clear()
            for slot in self._slots:
                if slot.job is not None:  # Ctrl-C or an error: nobody waits for it any more
                    self._replace(slot)

    def close(self) -> None:
        """Kill the workers, and stop Ray if this pool started it. May be called twice."""
        if ray.is_initialized():
            for slot in self._slots:
                ray.kill(slot.actor)
            if self._ours:
                ray.shutdown()
        self._slots, self._shared, self._ours = [], None, False

    def process_ids(self) -> list[int]:
        """Return the process ids of the workers, after waiting until all are up and free."""
        return list(ray.get([slot.actor.process_id.remote() for slot in self._slots]))

    # -- starting ---------------------------------------------------------------------------------

    def _connect(self) -> str:
        if ray.is_initialized():
            return "Using the Ray that is running in this process"
        settings: dict[str, Any] = {"address": "local", "include_dashboard": False}
        if self._address is None:
            settings["num_cpus"] = self._workers or cores()
        else:
            probe(self._address)
            settings = {"address": self._address}
        # Quiet: no usage report, no banner, no tips, no output of workers between our own lines.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **settings)
        self._ours = True
        return "Started a local Ray" if self._address is None else f"Joined Ray at {self._address}"

    def _size(self) -> int:
        """Return the number of workers, and settle how much of a GPU each gets."""
        have = UNTYPED_RAY.cluster_resources()
        if self._gpus_per_worker == 0:
            return self._workers or max(1, int(have.get("CPU", 1)))
        gpus = int(have.get("GPU", 0))
        if gpus == 0:
            raise WorkersFailed("GPUs are asked for, but Ray sees none; take the device cpu")
        if self._gpus_per_worker is None:
            self._gpus_per_worker = gpu_share(self._workers or gpus, gpus)
        return self._workers or max(1, int(gpus / self._gpus_per_worker))

    def _share(self) -> Any:
        """Put the evaluator into the object store: once a node, however many workers."""
        try:
            return ray.put(self._evaluator)
        except TypeError as error:
            raise WorkersFailed(
                f"the evaluator cannot be sent to workers: {error}. Define it, and all it holds, "
                f"so that it can be pickled, or take the runner 'serial'."
            ) from error

    def _new_slot(self) -> _Slot:
        worker: Any = ray.remote(_Worker)
        actor = worker.options(
            num_cpus=1,
            num_gpus=self._gpus_per_worker,
            max_restarts=0,  # who dies is replaced here, where its job is known
            runtime_env={"env_vars": worker_environment()},
        ).remote()
        return _Slot(actor, actor.prepare.remote(self._shared))

    def _await_first(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while all(slot.waiting is not None for slot in self._slots):
            if time.monotonic() > deadline:
                have = UNTYPED_RAY.available_resources()
                raise WorkersFailed(
                    f"no worker came up within {START_SECONDS:.0f} s. Each needs 1 CPU and "
                    f"{self._gpus_per_worker:g} GPU; Ray has {have.get('CPU', 0):g} CPU and "
                    f"{have.get('GPU', 0):g} GPU free"
                )
            for slot in self._ready():
                self._take_up(slot)

    def _take_up(self, slot: _Slot) -> None:
        """Note that a worker is up, or replace it; raise `WorkersFailed` if there is no hope."""
        try:
            ray.get(slot.waiting)
        except (RayTaskError, RuntimeEnvSetupError) as error:
            cause = getattr(error, "cause", None) or error
            raise WorkersFailed(
                f"the workers cannot load the evaluator: {describe(cause)}"
            ) from error
        except RayError as error:
            self._failed_starts += 1
            if self._failed_starts > RETRIES + len(self._slots):
                raise WorkersFailed(f"workers die while starting: {_first_line(error)}") from error
            self._replace(slot)
        else:
            self._failed_starts = 0
            slot.waiting = None

    # -- working ----------------------------------------------------------------------------------

    def _assign(self, queue: deque[Job]) -> None:
        for slot in self._slots:
            if queue and slot.waiting is None:
                slot.job = queue.popleft()
                slot.began = time.monotonic()
                slot.waiting = slot.actor.evaluate.remote(slot.job)

    def _ready(self) -> list[_Slot]:
        """Wait until somebody has something to say, or a limit of time passes."""
        slots = {slot.waiting: slot for slot in self._slots if slot.waiting is not None}
        done, _ = ray.wait(list(slots), num_returns=1, timeout=self._patience_seconds())
        return [slots[reference] for reference in done]

    def _patience_seconds(self) -> float:
        patience = 1.0
        if self._hard_limit_seconds is not None:
            now = time.monotonic()
            began = [slot.began for slot in self._slots if slot.job is not None]
            left = [self._hard_limit_seconds - (now - b) for b in began]
            patience = max(0.01, min([patience, *left]))
        return patience

    def _collect(self, slot: _Slot, queue: deque[Job], deaths: Counter[str]) -> Evaluation | None:
        """Take what a worker has to say: an answer, that it is up, or that it died."""
        job = slot.job
        if job is None:
            self._take_up(slot)
            return None
        try:
            evaluation: Evaluation = ray.get(slot.waiting)
        except RayTaskError as error:  # what it answered cannot be sent
            evaluation = failure(job, "failed", describe(error.cause or error))
        except RayError as error:
            return self._bury(slot, error, queue, deaths)
        slot.job = slot.waiting = None
        return evaluation

    def _bury(
        self, slot: _Slot, error: RayError, queue: deque[Job], deaths: Counter[str]
    ) -> Evaluation | None:
        """Replace a worker that died; its job comes next, or fails if it did so too often."""
        job = slot.job
        assert job is not None
        deaths[job.name] += 1
        LOG.info("the worker on %s died: %s", job.name, _first_line(error))
        seconds = time.monotonic() - slot.began
        self._replace(slot)
        if deaths[job.name] <= RETRIES:
            queue.appendleft(job)
            return None
        status: Status = "out_of_memory" if isinstance(error, OutOfMemoryError) else "failed"
        reason = f"its worker died {deaths[job.name]} times: {_first_line(error)}"
        return failure(job, status, reason, seconds)

    def _overdue(self) -> Iterator[Evaluation]:
        """Stop the workers whose job takes too long, and answer for them."""
        limit = self._hard_limit_seconds
        if limit is None:
            return
        for slot in self._slots:
            seconds = time.monotonic() - slot.began
            if slot.job is not None and seconds > limit:
                job = slot.job
                self._replace(slot)
                reason = f"stopped after the hard limit of {limit:g} seconds"
                yield failure(job, "timed_out", reason, seconds)

    def _replace(self, slot: _Slot) -> None:
        ray.kill(slot.actor)
        fresh = self._new_slot()
        slot.actor, slot.waiting, slot.job = fresh.actor, fresh.waiting, None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
