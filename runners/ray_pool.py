"""The runner for people: long-lived Ray actors, on this machine or in a cluster that is there.

Whoever is free takes the next job that fits on his device. A job whose worker died is done again.
Results do not depend on which worker did what. Who is up is the affair of `staff`, what is
peculiar to Ray that of `ray_cluster`, what runs in an actor that of `ray_worker`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from fitness.evaluation import Evaluation, Evaluator, Job, Status, Weighs, failure
from runners.answer import describe
from runners.backlog import Backlog, Waiting
from runners.events import Crew, Event, Kind, Tell
from runners.needs import Needs
from runners.packing import Packing
from runners.ray_cluster import (
    Cluster,
    RayError,
    RayTaskError,
    WorkersFailed,
    cause_of,
    first_line,
)
from runners.retries import Cause, Retries
from runners.staff import PATIENCE_SECONDS, Slot, Staff

__all__ = ["RayPool", "WorkersFailed"]

LOG = logging.getLogger("evo.runners")
EARLY = 1000  # events that are kept until somebody listens
REASONS: dict[Cause, str] = {
    "worker died": "its worker died",
    "node lost": "its node was lost",
    "out of memory": "its worker ran out of memory",
}


class RayPool:
    """Actors that share jobs.

    `workers` None means as many as fit: one a core, or a GPU where GPUs are asked for, and more
    when nodes join. `gpus_per_worker` 0 reserves none, None shares all of them evenly. With
    `hard_limit_seconds`, a worker that takes longer for a job is killed, and the job `timed_out`.
    `ship` sends evo's packages to nodes that lack them.
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
        if hard_limit_seconds is not None and hard_limit_seconds <= 0:
            raise ValueError(f"received hard_limit_seconds={hard_limit_seconds}, expected above 0")
        needs = Needs(workers, cpus_per_worker, gpus_per_worker)
        self._cluster = Cluster(needs, address, ship=ship)
        self._evaluator = evaluator
        self._hard_limit_seconds = hard_limit_seconds
        self._backlog, self._packing, self._retries = Backlog(), Packing(), Retries()
        self._staff = Staff(self._cluster, self._packing, self._note)
        self._tell: Tell | None = None
        self._early: list[Event] = []  # what happened before anybody listened
        self._last = ""

    # -- the runner contract ----------------------------------------------------------------------

    def start(self) -> str:
        """Start Ray or join it, and bring the workers up; return one line about it.

        Raises ConnectionError if there is no cluster at the address, `WorkersFailed` if no worker
        comes up: no node is large enough, evo is not there or differs, the evaluator cannot be
        pickled.
        """
        if self._staff.slots:
            return f"{len(self._staff.slots)} Ray workers are up already."
        try:
            where = self._cluster.connect()
            self._cluster.settle()
            self._cluster.share(self._evaluator)
            self._staff.fill()
            self._staff.await_first()
        except BaseException:
            self.close()
            raise
        wanted = len(self._staff.slots)
        return f"{where} with {wanted} worker{'' if wanted == 1 else 's'}."

    @property
    def size(self) -> int:
        """The number of workers that are wanted."""
        return max(1, len(self._staff.slots))

    def submit(self, jobs: Sequence[Job]) -> None:
        """Add jobs, also between two answers of `results`."""
        if not self._staff.slots:
            raise RuntimeError("start() the runner before jobs are submitted or run")
        self._backlog.add(Waiting(job) for job in jobs)

    def results(self) -> Iterator[Evaluation]:
        """Yield one evaluation per job submitted, as they finish, until none is outstanding."""
        try:
            while self._backlog or any(slot.task for slot in self._staff.slots):
                self._staff.look()
                self._assign()
                for slot in self._staff.ready(self._patience()):
                    evaluation = self._collect(slot)
                    if evaluation is not None:
                        self._assign()  # let nobody idle while the answer is looked at
                        yield evaluation
                yield from self._overdue()
        finally:
            self._abandon()

    def run(self, jobs: Sequence[Job]) -> Iterator[Evaluation]:
        """Yield one evaluation per job, as they finish. Closing the iterator stops what runs."""
        self.submit(jobs)
        yield from self.results()

    def listen(self, tell: Tell) -> None:
        """Have what happens to workers and jobs told to `tell`, from the start on."""
        early, self._early, self._tell = self._early, [], tell
        for event in early:
            tell(event)

    def crew(self) -> Crew:
        """Return how many workers are up and busy now; any thread may ask."""
        return self._staff.crew(self._last)

    def close(self) -> None:
        """Kill the workers, and stop Ray if this pool started it. May be called twice."""
        self._backlog, self._retries = Backlog(), Retries()
        try:
            self._staff.close()
        finally:  # a second Ctrl-C still leaves no Ray behind
            self._cluster.close()

    def process_ids(self) -> list[int]:
        """Return the process ids of the workers, after waiting until all are up and free."""
        return [self._cluster.get(slot.actor.process_id.remote()) for slot in self._staff.slots]

    # -- working ----------------------------------------------------------------------------------

    def _assign(self) -> None:
        for slot in self._staff.slots:
            if not self._backlog:
                return
            if slot.waiting is not None:
                continue
            if self._backlog.wants_a_device and self._packing.admits_alone(slot.number):
                self._give(slot, self._backlog.next_alone(), alone=True)
            elif task := self._backlog.next(partial(self._fits, slot)):
                self._give(slot, task)

    def _fits(self, slot: Slot, task: Waiting) -> bool:
        return self._packing.admits(slot.number, self._bytes(task, slot))

    def _bytes(self, task: Waiting, slot: Slot) -> int:
        """Return a job's estimate, made when it first matters; zero on a device not counted."""
        if not task.bytes and self._packing.counts(slot.number):
            assert isinstance(self._evaluator, Weighs)
            task.bytes = self._evaluator.job_bytes(task.job)
        return task.bytes

    def _give(self, slot: Slot, task: Waiting, *, alone: bool = False) -> None:
        self._packing.take(slot.number, self._bytes(task, slot), alone=alone)
        slot.task, slot.began = task, time.monotonic()
        slot.waiting = slot.actor.evaluate.remote(task.job)

    def _patience(self) -> float:
        if self._hard_limit_seconds is None:
            return PATIENCE_SECONDS
        began = [slot.began for slot in self._staff.slots if slot.task is not None]
        left = [self._hard_limit_seconds - (time.monotonic() - b) for b in began]
        return max(0.01, min([PATIENCE_SECONDS, *left]))

    def _collect(self, slot: Slot) -> Evaluation | None:
        """Take what a worker has to say: an answer, that it is up, or that it died."""
        task = slot.task
        if task is None:
            self._staff.take_up(slot)
            return None
        try:
            evaluation: Evaluation = self._cluster.get(slot.waiting)
        except RayTaskError as error:  # what it answered cannot be sent
            evaluation = failure(task.job, "failed", describe(error.cause or error))
        except RayError as error:
            return self._bury(slot, error)
        slot.task = slot.waiting = None
        shared = self._packing.release(slot.number)
        if evaluation.status == "out_of_memory" and shared:
            if self._again(task, "out of memory", f"on {slot.name}: {evaluation.reason}"):
                return None
        elif task.bytes:
            evaluation = self._weighed(evaluation, task)
        self._retries.forget(task.job.name)
        return evaluation

    def _weighed(self, evaluation: Evaluation, task: Waiting) -> Evaluation:
        """Record the estimate beside what was measured, and learn from it."""
        measured = evaluation.costs.get("peak_bytes", 0.0)
        if self._packing.learn(task.bytes, measured):
            self._note(
                "misjudged",
                f"{evaluation.genome} took {measured:.3g} bytes, {task.bytes:.3g} were estimated; "
                f"from here on estimates count {self._packing.margin:.2f} times",
            )
        costs = {**evaluation.costs, "estimated_bytes": float(task.bytes)}
        return replace(evaluation, costs=costs)

    def _bury(self, slot: Slot, error: RayError) -> Evaluation | None:
        """Replace a worker that died; its job comes next, or fails if it did so too often."""
        task, cause, why = slot.task, cause_of(error), first_line(error)
        assert task is not None
        seconds = time.monotonic() - slot.began
        self._note("lost", f"{slot.name}, at work on {task.job.name}: {cause}")
        LOG.info("what Ray says of it: %s", " ".join(str(error).split())[:1000])
        self._staff.replace(slot)
        if self._again(task, cause, why):
            return None
        times = self._retries.count(task.job.name, cause)
        self._retries.forget(task.job.name)
        reason = f"{REASONS[cause]} {times} times: {why}"
        self._note("given up", f"{task.job.name}: {reason}")
        status: Status = "out_of_memory" if cause == "out of memory" else "failed"
        return failure(task.job, status, reason, seconds)

    def _again(self, task: Waiting, cause: Cause, why: str) -> bool:
        """Have a job done again, unless this has befallen it too often."""
        name = task.job.name
        if not self._retries.again(name, cause):
            return False
        alone = cause == "out of memory"
        self._backlog.again(task, alone=alone)
        with_what = ", alone on a device" if alone else ""
        self._note("retried", f"{name}{with_what} ({cause}, {why})")
        return True

    def _overdue(self) -> Iterator[Evaluation]:
        """Stop the workers whose job takes too long, and answer for them."""
        limit = self._hard_limit_seconds
        if limit is None:
            return
        for slot in list(self._staff.slots):
            seconds = time.monotonic() - slot.began
            if slot.task is not None and seconds > limit:
                job = slot.task.job
                self._note("stopped", f"{slot.name}, after {seconds:.1f} s on {job.name}")
                self._staff.replace(slot)
                self._retries.forget(job.name)
                reason = f"stopped after the hard limit of {limit:g} seconds"
                yield failure(job, "timed_out", reason, seconds)

    def _abandon(self) -> None:
        """Forget what is outstanding: after Ctrl-C or an error, nobody waits for it any more."""
        self._backlog.clear()
        self._packing.forget_clearing()
        for slot in list(self._staff.slots):
            if slot.task is not None:
                self._staff.replace(slot)

    def _note(self, kind: Kind, text: str) -> None:
        event = Event(kind, text)
        self._last = f"{kind}: {text}"
        if self._tell is None:
            self._early = [*self._early[-EARLY:], event]
        else:
            self._tell(event)
