"""The evaluator of a user's own function: from a job's parameters to objectives, without raising.

The function is called as `evaluate(parameters, epochs, seed, checkpoint)` and returns an
`Outcome`. It may be a lambda or a closure: it runs in this process, or travels to Ray's workers by
value.
"""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fitness.dossier import main_outcome
from fitness.evaluation import Epoch, Evaluation, Job, Status, failure
from fitness.state_blob import finite, pack_state, unpack_state
from genomes.gene import Struct
from genomes.parameters import thawed

Function = Callable[..., Any]  # (parameters, epochs, seed, checkpoint) -> Outcome
Costs = Callable[[dict[str, Any]], Mapping[str, float]]


@dataclass(frozen=True)
class Outcome:
    """What a user's function returns.

    `objectives` by name; more than the search's own may be given and are recorded. `curve` holds
    the values of the main objective (accuracy, else the first) epoch by epoch: of all epochs so
    far, or of those of this call; without one, the objective itself stands for it. `features` are
    further numbers that may tell how a juvenile will end. `checkpoint` is plain data with numpy
    arrays in it, and is handed to the call that goes on.
    `flops` counts what the call spent in training, if that is known.
    """

    objectives: Mapping[str, float]
    curve: Sequence[float] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    checkpoint: Any = None
    flops: float = 0.0


class BadOutcome(ValueError):
    """A user's function returned something that cannot be used."""

    def __init__(self, reason: str, status: Status = "failed") -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class FunctionEvaluator:
    """Calls a user's function for a job.

    `objectives` names what has to come back (False: any finite number, True: above zero);
    what `costs` knows need not. A call that fails costs the epochs that were asked for, so that a
    budget is spent in the end whatever the function does.
    """

    function: Function
    parameters: Struct
    objectives: Mapping[str, bool]
    costs: Costs | None = None

    def evaluate(self, job: Job) -> Evaluation:
        """Call the function; whatever goes wrong becomes a status with a reason."""
        began = time.perf_counter()
        epochs = float(job.to_epoch - job.from_epoch)
        status: Status = "failed"
        try:
            return self._evaluate(job, began)
        except BadOutcome as error:
            status, reason = error.status, str(error)
        except MemoryError as error:
            status, reason = "out_of_memory", f"MemoryError: {error}"
        except Exception as error:
            reason = _described(error)
        failed = failure(job, status, reason, time.perf_counter() - began)
        return replace(failed, costs={**failed.costs, "epochs": epochs})

    def _evaluate(self, job: Job, began: float) -> Evaluation:
        parameters = thawed(self.parameters, job.expressed["parameters"])
        known = dict(self.costs(dict(parameters))) if self.costs else {}
        state = unpack_state(job.checkpoint) if job.checkpoint is not None else None
        outcome = self.function(parameters, job.to_epoch, job.seed, state)
        if not isinstance(outcome, Outcome):
            raise BadOutcome(f"evaluate returned {outcome!r}, expected an evo.Outcome")
        objectives = self._objectives({**known, **outcome.objectives}, known)
        main = objectives[list(self.objectives)[main_outcome(list(self.objectives))]]
        state = outcome.checkpoint
        return Evaluation(
            job=job.name,
            genome=job.genome,
            key=job.key,
            from_epoch=job.from_epoch,
            to_epoch=job.to_epoch,
            status="ok",
            curve=_curve(list(outcome.curve) or [main], job.from_epoch, job.to_epoch),
            objectives=objectives,
            costs={
                "training_flops": float(outcome.flops),
                "seconds": time.perf_counter() - began,
                "peak_bytes": 0.0,
                "epochs": float(job.to_epoch - job.from_epoch),
            },
            features={name: float(value) for name, value in outcome.features.items()},
            checkpoint=None if state is None else pack_state(state),
        )

    def _objectives(
        self, values: Mapping[str, Any], known: Mapping[str, float]
    ) -> dict[str, float]:
        """Return all that is finite; raise BadOutcome if an objective of the search is not."""
        for name, positive in self.objectives.items():
            if name not in values:
                raise BadOutcome(f"evaluate returned no objective {name!r}, only {list(values)}")
            if not finite(values[name]):
                reason = f"objective {name} is {values[name]!r}, expected a finite number"
                raise BadOutcome(reason, "diverged")
            if positive and values[name] <= 0:
                raise BadOutcome(f"objective {name} is {values[name]!r}; a log scale needs > 0")
        names = {*self.objectives, *(name for name in values if name not in known)}
        return {name: float(x) for name, x in values.items() if name in names and finite(x)}


def _curve(metrics: Sequence[float], from_epoch: int, to_epoch: int) -> tuple[Epoch, ...]:
    """Turn metrics into epochs: all since birth, or since the last call; else evenly spaced."""
    values = [float(value) for value in metrics]
    if from_epoch and len(values) == to_epoch:
        values = values[from_epoch:]
    step = (to_epoch - from_epoch) / max(1, len(values))
    return tuple(
        Epoch(
            epoch=from_epoch + max(1, round((i + 1) * step)),
            train_loss=math.nan,
            validation_loss=math.nan,
            metric=value,
            gradient_norm=math.nan,
            active_ratio=math.nan,
        )
        for i, value in enumerate(values)
    )


def _described(error: Exception) -> str:
    """Word an error with its type, the first line of its message, and where it arose."""
    message = (str(error).strip() or "no message").splitlines()[0][:300]
    frame = traceback.extract_tb(error.__traceback__)[-1]
    file = frame.filename.rsplit("/", 1)[-1]
    return f"{type(error).__name__}: {message} ({file}:{frame.lineno})"
