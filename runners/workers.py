"""The workers of a pool: how many there should be, which are up, and what replaces a lost one.

Uses nodes that join, survives those that leave. Knows nothing of queues and results.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from runners.events import FleetStatus, Kind, Post
from runners.job_queue import Waiting
from runners.packing import Packing
from runners.ray_cluster import (
    Cluster,
    RayError,
    WorkerReport,
    WorkersFailed,
    cause_of,
    first_line,
    refusal,
)

START_SECONDS = 120.0  # until the first worker has to be up
STARTS = 3  # of a worker that dies while starting; more are allowed the more workers there are
CHECK_SECONDS = 2.0  # between two checks of which nodes there are
PATIENCE_SECONDS = 1.0  # for which nothing need happen
BARRED_SECONDS = 60.0  # until a place is tried again at which a worker could not be brought up


@dataclass
class Slot:
    """A place for one worker: its actor, and what it is asked for (None: it is free).

    While `task` is None but `waiting` is not, the worker is still coming up.
    """

    number: int
    actor: Any = None
    waiting: Future[Any] | None = None
    report: WorkerReport | None = None
    task: Waiting | None = None
    began: float = 0.0

    @property
    def name(self) -> str:
        """Name the worker for people."""
        where = f" on {self.report.node}" if self.report else ""
        return f"worker {self.number}{where}"

    def result(self) -> Any:
        """Return what the worker returned, or raise what Ray raises in its place."""
        assert self.waiting is not None
        return self.waiting.result()


class Workers:
    """The workers on a cluster.

    `note` gets an event when a worker joins, cannot be started, or none is left. `answered` is
    called, in some thread of Ray's, when a worker has returned something.
    """

    def __init__(
        self,
        cluster: Cluster,
        packing: Packing,
        note: Callable[[Kind, str], None],
        answered: Callable[[Slot, Future[Any]], None],
    ) -> None:
        self.slots: list[Slot] = []
        self._cluster, self._packing = cluster, packing
        self._note, self._answered = note, answered
        self._numbers = count(1)
        self._failed_starts = 0
        self._looked = 0.0
        self._deserted = False  # whether it is reported that no worker is up
        self._barred: list[float] = []  # when each place that was refused is tried again
        self._refusals: set[str] = set()  # that have been reported

    def fleet_status(self, last: str) -> FleetStatus:
        """Return how many workers are wanted, up and busy, with the last event's text."""
        now = time.monotonic()
        slots = list(self.slots)
        busy = [(slot, slot.task) for slot in slots]
        posts = [Post(s.name, task.job, now - s.began) for s, task in busy if task is not None]
        return FleetStatus(
            len(slots), sum(s.report is not None for s in slots), tuple(posts), last
        )

    def is_at_work(self) -> bool:
        """Tell whether any worker has a job."""
        return any(slot.task is not None for slot in self.slots)

    def give(self, slot: Slot, task: Waiting) -> None:
        """Have a worker begin a job."""
        slot.task, slot.began = task, time.monotonic()
        self._expect(slot, slot.actor.evaluate.remote(task.job))

    def close(self) -> None:
        """Kill all workers."""
        slots, self.slots = self.slots, []
        for slot in slots:
            self._packing.leave(slot.number)
        for slot in slots:
            self._cluster.kill(slot.actor)

    def fill(self) -> None:
        """Ask for workers up to the number wanted; Ray brings them up where there is room."""
        for _ in range(self._wanted() - len(self.slots)):
            slot = Slot(next(self._numbers))
            self.slots.append(slot)
            self._bring_up(slot)

    def look(self) -> None:
        """From time to time: see which nodes there are, and have as many workers as fit."""
        now = time.monotonic()
        if now - self._looked < CHECK_SECONDS:
            return
        self._looked = now
        self._barred = [until for until in self._barred if until > now]
        self.fill()
        surplus = len(self.slots) - self._wanted()
        for slot in [s for s in self.slots if s.report is None][: max(0, surplus)]:
            self._remove(slot)  # its node is gone, and no other has room for it
        deserted = all(slot.report is None for slot in self.slots)
        if deserted and not self._deserted:
            self._note("waiting", f"no worker is up; waiting for room, {self._cluster.free()}")
        self._deserted = deserted

    def await_first(self, carry_out: Callable[[float], None]) -> None:
        """Wait until one worker is up; raise `WorkersFailed` if that takes too long.

        `carry_out(seconds)` waits for what workers return, and handles it.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self._anybody_up():
            if time.monotonic() > deadline:
                needs = self._cluster.needs
                raise WorkersFailed(
                    f"no worker came up within {START_SECONDS:.0f} s. Each needs {needs.cpus:g} "
                    f"CPU and {needs.gpus:g} GPU; Ray has {self._cluster.free()}"
                )
            carry_out(PATIENCE_SECONDS)

    def take_up(self, slot: Slot) -> None:
        """Note that a worker is up, or replace it; raise `WorkersFailed` if there is no hope."""
        try:
            report: WorkerReport = slot.result()
        except RayError as error:
            self._failed_starts += cause_of(error) != "node lost"
            hopeless = refusal(error)
            if hopeless is None and self._failed_starts >= STARTS + len(self.slots):
                hopeless = WorkersFailed(f"workers die while starting: {first_line(error)}")
            if hopeless is None:
                self.replace(slot)
            elif self._anybody_up():
                self._bar(slot, str(hopeless))
            else:
                raise hopeless from error
            return
        self._failed_starts = 0
        slot.report, slot.waiting = report, None
        self._packing.join(slot.number, report.place, report.device_bytes, report.idle_bytes)
        gpu = f", GPU {report.place[1]}" if report.place[1] else ""
        self._note("joined", f"{slot.name}{gpu} is up (process {report.process})")

    def replace(self, slot: Slot) -> None:
        """Kill a worker, if it is alive still, and ask for another one."""
        self._packing.leave(slot.number)
        self._cluster.kill(slot.actor)
        slot.number, slot.report, slot.task = next(self._numbers), None, None
        self._bring_up(slot)

    def _wanted(self) -> int:
        return max(1, self._cluster.needs.count(self._cluster.nodes()) - len(self._barred))

    def _anybody_up(self) -> bool:
        return any(slot.report is not None for slot in self.slots)

    def _bar(self, slot: Slot, why: str) -> None:
        """Do without a place for a while; the others go on."""
        self._remove(slot)
        self._barred.append(time.monotonic() + BARRED_SECONDS)
        if why not in self._refusals:
            self._refusals.add(why)
            self._note("refused", f"a worker was not taken: {why}")

    def _bring_up(self, slot: Slot) -> None:
        slot.actor, report = self._cluster.new_worker()
        self._expect(slot, report)

    def _expect(self, slot: Slot, reference: Any) -> None:
        slot.waiting = reference.future()
        slot.waiting.add_done_callback(partial(self._answered, slot))

    def _remove(self, slot: Slot) -> None:
        self._packing.leave(slot.number)
        self._cluster.kill(slot.actor)
        slot.waiting = None  # what it returns from here on is ignored
        self.slots.remove(slot)
