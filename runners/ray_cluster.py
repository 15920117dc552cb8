"""Ray as the pool needs it: a cluster that is started or joined, its nodes, actors, their ends.

What Ray raises becomes a cause that can be counted, or an error that says what to do.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fitness.evaluation import Evaluator, Shares
from fitness.plugins import SCRIPTS
from genomes.genes.errors import describe_with_place
from runners.needs import Needs, NodeSize
from runners.ray_address import probe
from runners.retries import Cause
from runners.unpicklable import culprit
from runners.versions import PACKAGES, versions
from runners.worker_environment import cores, worker_environment

# Ray reads this when it is imported. It would print a page for each worker and node that dies;
# what matters of it is in our own events.
os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "^")

import ray
from ray.exceptions import (
    ActorUnavailableError,
    NodeDiedError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    RayTaskError,
    RuntimeEnvSetupError,
)

from runners.ray_worker import Unlike, Worker, WorkerReport

UNTYPED_RAY: Any = ray  # for those of its functions that carry no types


class WorkersFailed(ValueError):
    """No worker can be brought up as asked for; the message says why, and what to do."""


class Cluster:
    """A connection to Ray: the one in this process, that at `address`, or one started here.

    With `ship`, evo's packages are sent to nodes where they are not installed.
    """

    def __init__(self, needs: Needs, address: str | None = None, *, ship: bool = False) -> None:
        self.needs = needs
        self._address = address
        self._ship = ship
        self._ours = False  # whether this object started Ray, or connected to it
        self._parcel: tuple[Any, ...] = ()  # evaluator and bulk data in the object store

    def connect(self) -> str:
        """Start or join Ray; return what was done, for people.

        Raises ConnectionError if nothing answers at the address, or Ray or Python differ there.
        """
        if ray.is_initialized():
            return "Using the Ray that is running in this process"
        settings: dict[str, Any] = {"address": "local", "include_dashboard": False}
        if self._address is None:
            workers = self.needs.workers
            settings["num_cpus"] = math.ceil(workers * self.needs.cpus) if workers else cores()
        else:
            probe(self._address)
            settings = {"address": self._address}
        if self._ship:
            settings["runtime_env"] = {"py_modules": [str(_folder(name)) for name in PACKAGES]}
        # Quiet: no usage report, no banner, no tips, no output of workers between our own lines.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            with _sigterm_as_it_is():
                ray.init(log_to_driver=False, logging_level=logging.ERROR, **settings)
        self._ours = True
        return "Started a local Ray" if self._address is None else f"Joined Ray at {self._address}"

    def close(self) -> None:
        """Stop Ray, or leave it, if this object started or joined it."""
        try:
            if self._ours and ray.is_initialized():
                with _undisturbed():
                    ray.shutdown()
        finally:
            self._ours, self._parcel = False, ()

    def nodes(self) -> list[NodeSize]:
        """Return the nodes that are up."""
        return [
            NodeSize(
                node["NodeName"],
                node["Resources"].get("CPU", 0.0),
                node["Resources"].get("GPU", 0.0),
            )
            for node in UNTYPED_RAY.nodes()
            if node["Alive"]
        ]

    def settle(self) -> None:
        """Choose what was left open; raise `WorkersFailed` if no node is large enough."""
        try:
            self.needs = self.needs.settled(self.nodes())
        except ValueError as error:
            raise WorkersFailed(str(error)) from None

    def share(self, evaluator: Evaluator) -> None:
        """Put evaluator and data into the object store: once a node, however many workers."""
        bulk = dict(evaluator.share()) if isinstance(evaluator, Shares) else None
        for module in SCRIPTS.values():  # whose functions travel by value, as those of __main__
            UNTYPED_RAY.cloudpickle.register_pickle_by_value(module)
        try:
            self._parcel = ray.put(evaluator), ray.put(bulk), versions()
        except Exception as error:  # whatever an object raises when it is pickled
            raise WorkersFailed(_unsendable(evaluator, bulk, error)) from error

    def new_worker(self) -> tuple[Any, Any]:
        """Ask for one more actor; return it, and the reference of its report."""
        actor: Any = (
            ray.remote(Worker)
            .options(
                num_cpus=self.needs.cpus,
                num_gpus=self.needs.gpus,
                max_restarts=0,  # the pool replaces a dead worker, where its job is known
                runtime_env={"env_vars": worker_environment()},
            )
            .remote()
        )
        return actor, actor.prepare.remote(*self._parcel)

    def kill(self, actor: Any) -> None:
        """Kill an actor, whatever it is doing."""
        if ray.is_initialized():
            ray.kill(actor)

    def get(self, reference: Any) -> Any:
        """Return what is there; raises what Ray raises."""
        return ray.get(reference)

    def free(self) -> str:
        """Word the resources that are free at the moment."""
        have: Mapping[str, float] = UNTYPED_RAY.available_resources()
        return f"{have.get('CPU', 0):g} CPU and {have.get('GPU', 0):g} GPU free"


def _unsendable(evaluator: Evaluator, bulk: object, error: Exception) -> str:
    """Say what cannot be sent to workers, and what to do."""
    if _pickles(evaluator):
        return (
            f"the task's data cannot be sent to workers: {culprit(bulk, _pickles, 'its part ')}, "
            f"which cannot be pickled ({first_line(error)}). Let a function of a module return "
            "the task, which each worker then calls (task 'package.module:make_task'), or take "
            "the runner 'serial'."
        )
    return (
        f"the evaluator cannot be sent to workers: {culprit(evaluator, _pickles, 'the evaluator')}"
        f", which cannot be pickled ({first_line(error)}). Make it inside the function, at its "
        "first call, or take the runner 'serial'."
    )


def _pickles(value: object) -> bool:
    try:
        UNTYPED_RAY.cloudpickle.dumps(value)
    except Exception:
        return False
    return True


@contextmanager
def _sigterm_as_it_is() -> Iterator[None]:
    """Keep the handler of SIGTERM: Ray puts its own in its place, which leaves without saving."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    if before is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back: a shutdown that is cut off and begun anew makes Ray end the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: pressed.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if pressed:
            signal.raise_signal(pressed[0])


def refusal(error: BaseException) -> WorkersFailed | None:
    """Return why no worker can ever come up, if that is what an error at the start means."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, Unlike):
        return WorkersFailed(
            f"the workers differ from this process: {cause}. Results would depend on who did "
            "what; install the same versions on every node, or send evo's own code with --ship."
        )
    if isinstance(error, RayActorError) and "ModuleNotFoundError" in str(error):
        lines = [line for line in str(error).splitlines() if "ModuleNotFoundError" in line]
        return WorkersFailed(
            f"the workers lack a package: {lines[-1].strip()}. Install evo on every node, or send "
            "its code with --ship (torch and numpy have to be there anyway); see docs/cluster.md."
        )
    if isinstance(error, RayTaskError | RuntimeEnvSetupError):
        return WorkersFailed(
            f"the workers cannot load the evaluator: {describe_with_place(cause)}"
        )
    return None


def cause_of(error: RayError) -> Cause:
    """Tell why a worker ended, from what Ray raised in the place of its result."""
    if isinstance(error, OutOfMemoryError):
        return "out of memory"
    # A node that is lost is noticed by the silence of its actors long before Ray declares it dead.
    lost = isinstance(error, NodeDiedError | ActorUnavailableError)
    if lost or getattr(error, "preempted", False) or "node has died" in str(error):
        return "node lost"
    return "worker died"


def first_line(error: BaseException) -> str:
    """Return the first line of an error that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _folder(package: str) -> Path:
    import importlib

    return Path(next(iter(importlib.import_module(package).__path__))).absolute()


__all__ = [
    "Cluster",
    "RayError",
    "RayTaskError",
    "WorkerReport",
    "WorkersFailed",
    "cause_of",
    "first_line",
    "refusal",
]
