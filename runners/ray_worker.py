"""What runs in an actor's process: one evaluator, kept warm between jobs.

Loads only what its evaluator loads, so that a worker of a user's own function is small.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ray

from fitness.evaluation import Evaluation, Evaluator, Job, Shares, Weighs
from runners.packing import Place
from runners.result import carry_out
from runners.versions import differences, versions

UNTYPED_RAY: Any = ray


class Unlike(RuntimeError):
    """The worker has other versions of what results depend on than the driver."""


class InterruptedJob(Exception):
    """A job raised KeyboardInterrupt: it ends the run, as it does in the driver's own process."""


@dataclass(frozen=True)
class WorkerReport:
    """What a worker says when it is up."""

    place: Place
    node: str  # for people
    process: int
    device_bytes: int | None
    idle_bytes: int


class Worker:
    """An evaluator in a process of its own."""

    def __init__(self) -> None:
        self._evaluator: Evaluator | None = None

    def prepare(
        self, evaluator: Evaluator, bulk: Mapping[str, Any] | None, expected: Mapping[str, str]
    ) -> WorkerReport:
        """Take over the evaluator, and the bulk data that lie in this node's object store.

        Raises `Unlike` if versions differ from those of the driver.
        """
        if differs := differences(expected, versions()):
            raise Unlike(differs)
        if bulk is not None and isinstance(evaluator, Shares):
            evaluator.unshare(bulk)
        self._evaluator = evaluator
        device_bytes, idle_bytes = _weighed(evaluator)
        context = UNTYPED_RAY.get_runtime_context()
        gpus = context.get_accelerator_ids().get("GPU", [])
        return WorkerReport(
            place=(context.get_node_id(), ",".join(gpus)),
            node=UNTYPED_RAY.util.get_node_ip_address(),
            process=os.getpid(),
            device_bytes=device_bytes,
            idle_bytes=idle_bytes,
        )

    def process_id(self) -> int:
        """Return the id of this process."""
        return os.getpid()

    def evaluate(self, job: Job) -> Evaluation:
        """Carry out a job."""
        assert self._evaluator is not None
        try:
            return carry_out(self._evaluator, job)
        except KeyboardInterrupt:  # which Ray takes for its own
            raise InterruptedJob(job.name) from None


def _weighed(evaluator: Evaluator) -> tuple[int | None, int]:
    """Return the size of the device, None if it is not counted, and what is held when idle."""
    if not isinstance(evaluator, Weighs):
        return None, 0
    return evaluator.device_bytes(), evaluator.idle_bytes()
