"""What an evaluator takes and returns: jobs, evaluations, curves.

Plain frozen values, free of torch and ray, so that they can be stored, sent and compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol, runtime_checkable

from fitness.regimen import PLAIN, Regimen
from genomes.genes.gene import Record
from genomes.genes.genome import digest

Status = Literal["ok", "diverged", "out_of_memory", "timed_out", "failed"]
# Costs that add up over a training:
SPENT = frozenset({"epochs", "training_flops", "teaching_flops", "seconds"})
STATUSES: tuple[Status, ...] = ("ok", "diverged", "out_of_memory", "timed_out", "failed")


@dataclass(frozen=True)
class Job:
    """Train one male from `from_epoch` to `to_epoch` of a training laid out over `adult_epochs`.

    `checkpoint` holds the bytes of the state after `from_epoch` (None iff that is zero),
    `heritage` those of the trained parent whose weights `birth` names, where one begins with them,
    and `teacher` those of the trained network that `birth` names as its teacher.
    `key` is the trajectory key: it names the whole training, not this part of it. `fold` is zero
    for the task's own splits, else see `fitness.data.folds`. `regimen` is what no gene says.
    """

    genome: str
    expressed: Record
    birth: Record
    key: str
    seed: int
    from_epoch: int
    to_epoch: int
    adult_epochs: int
    checkpoint: bytes | None = None
    seconds_limit: float | None = None
    heritage: bytes | None = None
    fold: int = 0
    regimen: Regimen = PLAIN
    teacher: bytes | None = None

    @cached_property
    def name(self) -> str:
        """Name this part of the trajectory: `<key>-<to_epoch>`, as its checkpoint is called."""
        return f"{self.key}-{self.to_epoch:04d}"


@dataclass(frozen=True)
class Epoch:
    """One epoch of a learning curve. Losses are means, the run's metric is on validation data.

    `traces` are further numbers by name that mechanisms leave after the epoch, for the record.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    metric: float
    gradient_norm: float
    active_ratio: float
    traces: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluation:
    """The result of a job: status, curve of the epochs trained in it, objectives and costs.

    `objectives` are those of the state at `to_epoch`, empty unless `status` is ok. `costs` holds
    at least `training_flops`, `seconds`, `peak_bytes`, `epochs` of this job alone; of the first,
    `teaching_flops` were its teachers'. `marks` are the epigenetic marks at the end, by stage.
    `features` are further numbers that may help to predict how a juvenile ends. `checkpoint` is
    the safetensors bytes of the state.
    """

    job: str
    genome: str
    key: str
    from_epoch: int
    to_epoch: int
    status: Status
    reason: str = ""
    curve: tuple[Epoch, ...] = ()
    objectives: Mapping[str, float] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    checkpoint: bytes | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"received status {self.status!r}, expected one of {STATUSES}")


def joined(parts: Sequence[Evaluation]) -> Evaluation | None:
    """Return parts of one training that follow each other as one; None for none.

    Curve, features and costs are those of all parts, the rest that of the last.
    """
    if len(parts) < 2:
        return parts[0] if parts else None
    costs = dict(parts[-1].costs)
    for name in SPENT & costs.keys():
        costs[name] = sum(part.costs.get(name, 0.0) for part in parts)
    return replace(
        parts[-1],
        from_epoch=parts[0].from_epoch,
        curve=tuple(epoch for part in parts for epoch in part.curve),
        costs=costs,
        features={name: value for part in parts for name, value in part.features.items()},
    )


class Evaluator(Protocol):
    """Something that can train a male, or call a user's function for a point of his space.

    Has to be picklable: it travels to the workers. It never raises for a bad genome; it returns
    a status. State that is costly to make (data, device context) is made on first use.
    """

    def evaluate(self, job: Job) -> Evaluation:
        """Carry out the job."""


@runtime_checkable
class Shares(Protocol):
    """An evaluator whose bulk data can be shared by all workers of a node.

    They travel apart from it, once to each node; large arrays should be numpy's, which workers
    then read in place.
    """

    def share(self) -> Mapping[str, Any]:
        """Return the data, in the driver."""

    def unshare(self, bulk: Mapping[str, Any]) -> None:
        """Take the data over, in a worker; arrays are read-only and shared with others."""


@runtime_checkable
class Weighs(Protocol):
    """An evaluator that can say what memory its jobs take on their device."""

    def job_bytes(self, job: Job) -> int:
        """Estimate a job's peak on the device, in the driver, without what is held when idle."""

    def device_bytes(self) -> int | None:
        """Return the size of this process's device; None if it is not to be counted."""

    def idle_bytes(self) -> int:
        """Return what this process holds on its device between jobs."""


def failure(job: Job, status: Status, reason: str, seconds: float = 0.0) -> Evaluation:
    """Return the evaluation of a job that failed; it counts as infeasible, not as fitness zero."""
    return Evaluation(
        job=job.name,
        genome=job.genome,
        key=job.key,
        from_epoch=job.from_epoch,
        to_epoch=job.to_epoch,
        status=status,
        reason=reason,
        costs={"training_flops": 0.0, "seconds": seconds, "peak_bytes": 0.0, "epochs": 0.0},
    )


def trajectory_key(
    expressed: Record, birth: Record, task: Any, adult_epochs: int, numerics: Any, replicate: int
) -> str:
    """Hash everything that determines a training; identical keys are trained once."""
    return digest(expressed, birth, task, adult_epochs, numerics, replicate)
