"""The workers of a pool: how many there should be, who is up, and who takes a lost one's place.

Nodes that join are used, those that leave are survived. Knows nothing of queues and answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from runners.backlog import Waiting
from runners.events import Crew, Kind
from runners.packing import Packing
from runners.ray_cluster import (
    Cluster,
    RayError,
    Report,
    WorkersFailed,
    cause_of,
    first_line,
    refusal,
)

START_SECONDS = 120.0  # until the first worker has to be up
STARTS = 3  # of a worker that dies while starting; more are allowed the more workers there are
LOOK_SECONDS = 2.0  # between two looks at which nodes there are
PATIENCE_SECONDS = 1.0  # for which nothing need happen


@dataclass
class Slot:
    """A place for one worker: its actor, and what it is waited for (None: it is free).

    While `task` is None but `waiting` is not, the worker is still coming up.
    """

    number: int
    actor: Any
    waiting: Any
    report: Report | None = None
    task: Waiting | None = None
    began: float = 0.0

    @property
    def name(self) -> str:
        """Name the worker for people."""
        where = f" on {self.report.node}" if self.report else ""
        return f"worker {self.number}{where}"


class Staff:
    """The workers on a cluster; `note` hears who joined, and when nobody is left."""

    def __init__(
        self, cluster: Cluster, packing: Packing, note: Callable[[Kind, str], None]
    ) -> None:
        self.slots: list[Slot] = []
        self._cluster, self._packing, self._note = cluster, packing, note
        self._numbers = count(1)
        self._failed_starts = 0
        self._looked = 0.0
        self._deserted = False  # whether it has been told that nobody is up

    def crew(self, last: str) -> Crew:
        """Return how many are wanted, up and busy, with the last event's text."""
        slots = list(self.slots)
        up = sum(slot.report is not None for slot in slots)
        return Crew(len(slots), up, sum(slot.task is not None for slot in slots), last)

    def ready(self, seconds: float) -> list[Slot]:
        """Wait until somebody has something to say, or the time passes."""
        slots = {slot.waiting: slot for slot in self.slots if slot.waiting is not None}
        if not slots:
            time.sleep(seconds)
        return [slots[done] for done in self._cluster.wait(list(slots), seconds)]

    def close(self) -> None:
        """Kill all workers."""
        slots, self.slots = self.slots, []
        for slot in slots:
            self._packing.leave(slot.number)
        for slot in slots:
            self._cluster.kill(slot.actor)

    def fill(self) -> None:
        """Ask for workers up to the number wanted; Ray brings them up where there is room."""
        for _ in range(self._cluster.needs.count(self._cluster.nodes()) - len(self.slots)):
            self.slots.append(Slot(next(self._numbers), *self._cluster.new_worker()))

    def look(self) -> None:
        """From time to time: see which nodes there are, and have as many workers as fit."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        self.fill()
        surplus = len(self.slots) - self._cluster.needs.count(self._cluster.nodes())
        for slot in [s for s in self.slots if s.report is None][: max(0, surplus)]:
            self._remove(slot)  # its node is gone, and no other has room for it
        deserted = all(slot.report is None for slot in self.slots)
        if deserted and not self._deserted:
            self._note("waiting", f"no worker is up; waiting for room, {self._cluster.free()}")
        self._deserted = deserted

    def await_first(self) -> None:
        """Wait until one worker is up; raise `WorkersFailed` if that takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while all(slot.report is None for slot in self.slots):
            if time.monotonic() > deadline:
                needs = self._cluster.needs
                raise WorkersFailed(
                    f"no worker came up within {START_SECONDS:.0f} s. Each needs {needs.cpus:g} "
                    f"CPU and {needs.gpus:g} GPU; Ray has {self._cluster.free()}"
                )
            for slot in self.ready(PATIENCE_SECONDS):
                self.take_up(slot)

    def take_up(self, slot: Slot) -> None:
        """Note that a worker is up, or replace it; raise `WorkersFailed` if there is no hope."""
        try:
            report: Report = self._cluster.get(slot.waiting)
        except RayError as error:
            if refused := refusal(error):
                raise refused from error
            self._failed_starts += cause_of(error) != "node lost"
            if self._failed_starts >= STARTS + len(self.slots):
                raise WorkersFailed(f"workers die while starting: {first_line(error)}") from error
            self.replace(slot)
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
        slot.actor, slot.waiting = self._cluster.new_worker()

    def _remove(self, slot: Slot) -> None:
        self._packing.leave(slot.number)
        self._cluster.kill(slot.actor)
        self.slots.remove(slot)
