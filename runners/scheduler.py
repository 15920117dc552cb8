"""Hands jobs to workers and takes their results, in a thread of its own.

So workers do not wait while the driver breeds, draws or writes. The thread alone touches queue,
packing, retries and slots; other threads queue orders, and it puts evaluations and events into
`results`.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from fitness.evaluation import Evaluation, Evaluator, Job, Status, Weighs, failure
from genomes.genes.errors import describe_with_place
from runners.events import FleetStatus, Kind, WorkerEvent
from runners.job_queue import JobQueue, Waiting
from runners.packing import Packing
from runners.ray_cluster import Cluster, RayError, RayTaskError, cause_of, first_line
from runners.ray_worker import InterruptedJob
from runners.retries import Cause, Retries
from runners.time_limit import TimeLimit
from runners.workers import Slot, Workers

LOG = logging.getLogger("evo.runners")
PATIENCE_SECONDS = 1.0  # for which nothing need happen
SWITCH_SECONDS = 0.0005  # within which a driver that computes lets this thread in; usual are 5 ms
LEAVING_SECONDS = 5.0  # after which a thread that hangs in Ray is left alone
REASONS: dict[Cause, str] = {
    "worker died": "its worker died",
    "node lost": "its node was lost",
    "out of memory": "its worker ran out of memory",
}


News = Evaluation | WorkerEvent
Order = Callable[[], None]  # what another thread wants done, or a worker's result


class Scheduler:
    """Workers, the jobs that wait for them, and the thread that brings them together."""

    def __init__(self, evaluator: Evaluator, cluster: Cluster, limit: TimeLimit) -> None:
        self.results: SimpleQueue[News] = SimpleQueue()
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._evaluator, self._limit = evaluator, limit
        self._job_queue, self._packing, self._retries = JobQueue(), Packing(), Retries()
        self._workers = Workers(cluster, self._packing, self._note, self._answered)
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._closing = False
        self._usual_switch: float | None = None  # before this pool was up
        self._last = ""

    # -- for the driver's thread ------------------------------------------------------------------

    @property
    def slots(self) -> Sequence[Slot]:
        """The workers that are wanted, up or not."""
        return tuple(self._workers.slots)

    def start(self) -> None:
        """Ask for workers, return when the first is up; raises `WorkersFailed` if none comes."""
        self._closing = False
        self._usual_switch = sys.getswitchinterval()
        sys.setswitchinterval(min(SWITCH_SECONDS, self._usual_switch))
        self._workers.fill()
        self._workers.await_first(self._carry_out)
        self._thread = threading.Thread(target=self._work, name="evo-scheduler", daemon=True)
        self._thread.start()

    def add(self, jobs: Sequence[Job]) -> None:
        """Queue jobs behind those that wait."""
        self._orders.put(partial(self._job_queue.add, [Waiting(job) for job in jobs]))

    def hear(self) -> News:
        """Wait for the next result or event; raises the thread's error after what came before."""
        while True:
            try:
                return self.results.get(timeout=PATIENCE_SECONDS)
            except Empty:
                if self._failure is not None:
                    raise self._failure from None

    def abandon(self) -> None:
        """Forget what is outstanding and stop what runs; what is still queued is stale."""
        done = threading.Event()
        self._orders.put(partial(self._abandon, done))
        while self._thread and self._thread.is_alive() and not done.wait(PATIENCE_SECONDS):
            pass

    def fleet_status(self) -> FleetStatus:
        """Return which workers are up and what they do; any thread may ask."""
        return self._workers.fleet_status(self._last)

    def close(self) -> None:
        """Kill the workers and end the thread."""
        self._closing = True
        self._orders.put(lambda: None)
        thread, self._thread = self._thread, None
        try:
            if thread is not None:
                thread.join(LEAVING_SECONDS)
        finally:  # also after Ctrl-C
            if self._usual_switch is not None:
                sys.setswitchinterval(self._usual_switch)
                self._usual_switch = None
            self._job_queue.clear()
            self._workers.close()

    # -- the thread -------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while not self._closing:
                self._workers.look()
                self._assign()
                self._carry_out(self._patience())
                self._stop_overdue()
        except BaseException as error:  # the driver raises it when it listens
            self._failure = error

    def _carry_out(self, seconds: float) -> None:
        """Wait for an order, or until the time passes; carry out all that are there."""
        try:
            self._orders.get(timeout=seconds)()
            while not self._closing:
                self._orders.get_nowait()()
                self._assign()
        except Empty:
            return

    def _answered(self, slot: Slot, future: Future[Any]) -> None:
        """Queue, in a thread of Ray's, what a worker returned."""
        self._orders.put(partial(self._hear, slot, future))

    def _hear(self, slot: Slot, future: Future[Any]) -> None:
        """Handle what a worker returned: a result, that it is up, or that it died."""
        if slot.waiting is not future:
            return  # it was replaced meanwhile
        if slot.task is None:
            self._workers.take_up(slot)
        elif evaluation := self._collect(slot):
            self._assign()  # no worker idles while the driver handles the result
            if not self._workers.is_at_work():
                self._limit.settle()
            self.results.put(evaluation)

    def _assign(self) -> None:
        for slot in self._workers.slots:
            if not self._job_queue:
                return
            if slot.waiting is not None:
                continue
            if self._job_queue.wants_a_device and self._packing.admits_alone(slot.number):
                self._give(slot, self._job_queue.next_alone(), alone=True)
            elif task := self._job_queue.next(partial(self._fits, slot)):
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
        self._workers.give(slot, task)

    def _patience(self) -> float:
        now = time.monotonic()
        busy = [(slot, slot.task) for slot in self._workers.slots if slot.task is not None]
        limits = [(slot.began, self._limit.seconds(task.job)) for slot, task in busy]
        left = [began + limit - now for began, limit in limits if limit is not None]
        return max(0.01, min([PATIENCE_SECONDS, *left]))

    def _collect(self, slot: Slot) -> Evaluation | None:
        """Take a worker's result, None if the job has to run again."""
        task = slot.task
        assert task is not None
        try:
            evaluation: Evaluation = slot.result()
        except RayTaskError as error:  # what it returned cannot be sent
            if isinstance(error.cause, InterruptedJob):
                raise KeyboardInterrupt from None
            evaluation = failure(task.job, "failed", describe_with_place(error.cause or error))
        except RayError as error:
            return self._bury(slot, error)
        if evaluation.status == "ok":
            self._limit.learn(task.job, time.monotonic() - slot.began)
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
        self._workers.replace(slot)
        if self._again(task, cause, why):
            return None
        times = self._retries.count(task.job.name, cause)
        self._retries.forget(task.job.name)
        reason = f"{REASONS[cause]} {times} times: {why}"
        self._note("given up", f"{task.job.name}: {reason}")
        status: Status = "out_of_memory" if cause == "out of memory" else "failed"
        return failure(task.job, status, reason, seconds)

    def _again(self, task: Waiting, cause: Cause, why: str) -> bool:
        """Queue a job again, unless this has happened to it too often."""
        name = task.job.name
        if not self._retries.again(name, cause):
            return False
        alone = cause == "out of memory"
        self._job_queue.again(task, alone=alone)
        with_what = ", alone on a device" if alone else ""
        self._note("retried", f"{name}{with_what} ({cause}, {why})")
        return True

    def _stop_overdue(self) -> None:
        """Kill the workers whose job takes too long, and report it as timed out."""
        for slot in list(self._workers.slots):
            if slot.task is None:
                continue
            job, seconds = slot.task.job, time.monotonic() - slot.began
            limit = self._limit.seconds(job)
            if limit is not None and seconds > limit:
                self._note("stopped", f"{slot.name}, after {seconds:.1f} s on {job.name}")
                self._workers.replace(slot)
                self._retries.forget(job.name)
                self.results.put(failure(job, "timed_out", self._limit.reason(job), seconds))

    def _abandon(self, done: threading.Event) -> None:
        self._job_queue.clear()
        self._packing.forget_clearing()
        for slot in list(self._workers.slots):
            if slot.task is not None:
                self._workers.replace(slot)
        self._retries = Retries()
        done.set()

    def _note(self, kind: Kind, text: str) -> None:
        self._last = f"{kind}: {text}"
        self.results.put(WorkerEvent(kind, text))
