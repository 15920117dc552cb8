"""The evaluator of a user's own function: from a job's parameters to objectives, without raising.

The function is called as `evaluate(parameters, epochs, seed, checkpoint)` and returns an
`Outcome`. It may be a lambda or a closure: it runs in this process, or travels to Ray's workers by
value.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fitness.evaluation import Epoch, Evaluation, Job, Status, failure
from fitness.evaluators.state_blob import UnkeptState, pack_state, unpack_state
from fitness.evaluators.user_code import (
    RAISED,
    BadOutcome,
    Costs,
    Feasible,
    Parameters,
    by_name,
    call_costs,
    call_feasible,
    finite_or_none,
    one_number,
)
from fitness.prediction.features import main_outcome
from genomes.genes.errors import describe_with_place
from genomes.genes.gene import Struct
from genomes.genes.number import shown, type_name
from genomes.genes.user_space import thawed

# (parameters, epochs, seed, checkpoint) -> Outcome; the checkpoint is what the function gave.
Function = Callable[[Parameters, int, int, Any], "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a user's function returns.

    `objectives` by name; more than the search's own may be given and are recorded. Numbers may be
    of any type that holds one: Python's, numpy's, arrays and tensors of one element, Decimal,
    Fraction. `curve` holds the values of the main objective (accuracy, else the first) epoch by
    epoch: of all epochs so far, or of those of this call; without one, the objective itself stands
    for it. `features` are further numbers that may tell how a juvenile will end. `checkpoint` is
    plain data with arrays and tensors in it, as `state_dict()` gives them, and is handed whole to
    the call that goes on.
    `flops` counts what the call spent in training, if that is known.
    """

    objectives: Mapping[str, float]
    curve: Sequence[float] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    checkpoint: Any = None
    flops: float = 0.0


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
    feasible: Feasible | None = None

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
        except KeyboardInterrupt:  # also one that is a SystemExit: SIGTERM
            raise
        except RAISED as error:
            reason = describe_with_place(error)
        failed = failure(job, status, reason, time.perf_counter() - began)
        return replace(failed, costs={**failed.costs, "epochs": epochs})

    def _evaluate(self, job: Job, began: float) -> Evaluation:
        parameters = thawed(self.parameters, job.expressed["parameters"])
        known = self._known(parameters)
        state = unpack_state(job.checkpoint) if job.checkpoint is not None else None
        outcome = self.function(parameters, job.to_epoch, job.seed, state)
        if not isinstance(outcome, Outcome):
            raise BadOutcome(
                f"evaluate returned {shown(outcome)} of type {type_name(outcome)}, expected an "
                "evo.Outcome"
            )
        returned = by_name("objectives", outcome.objectives)
        objectives = self._objectives({**known, **returned}, known)
        main = objectives[list(self.objectives)[main_outcome(list(self.objectives))]]
        features = by_name("features", outcome.features)
        return Evaluation(
            job=job.name,
            genome=job.genome,
            key=job.key,
            from_epoch=job.from_epoch,
            to_epoch=job.to_epoch,
            status="ok",
            curve=_curve(_metrics(outcome) or [main], job.from_epoch, job.to_epoch),
            objectives=objectives,
            costs={
                "training_flops": one_number("flops", outcome.flops),
                "seconds": time.perf_counter() - began,
                "peak_bytes": 0.0,
                "epochs": float(job.to_epoch - job.from_epoch),
            },
            features={name: one_number(f"feature {name}", x) for name, x in features.items()},
            checkpoint=_packed(outcome.checkpoint),
        )

    def _known(self, parameters: Parameters) -> dict[str, float]:
        """Return what is known without training; raise BadOutcome where the user's code fails."""
        if self.feasible is not None:  # asked before; here its error is reported
            call_feasible(self.feasible, dict(parameters))
        return call_costs(self.costs, dict(parameters)) if self.costs else {}

    def _objectives(
        self, values: Mapping[str, Any], known: Mapping[str, float]
    ) -> dict[str, float]:
        """Return all that is finite; raise BadOutcome if an objective of the search is not."""
        found: dict[str, float] = {}
        for name, positive in self.objectives.items():
            if name not in values:
                raise BadOutcome(f"evaluate returned no objective {name!r}, only {list(values)}")
            found[name] = one_number(f"objective {name}", values[name])
            if not math.isfinite(found[name]):
                reason = f"objective {name} is {found[name]}, expected a finite number"
                raise BadOutcome(reason, "diverged")
            if positive and found[name] <= 0:
                raise BadOutcome(f"objective {name} is {found[name]}; a log scale needs > 0")
        further = {
            name: finite_or_none(value)
            for name, value in values.items()
            if name not in found and name not in known
        }
        return found | {name: value for name, value in further.items() if value is not None}


def _metrics(outcome: Outcome) -> list[float]:
    try:
        values = list(outcome.curve)
    except TypeError:
        raise BadOutcome(
            f"curve is {shown(outcome.curve)} of type {type_name(outcome.curve)}, expected a list "
            "of numbers"
        ) from None
    return [one_number(f"curve[{place}]", value) for place, value in enumerate(values)]


def _packed(state: Any) -> bytes | None:
    try:
        return None if state is None else pack_state(state)
    except UnkeptState as error:
        raise BadOutcome(str(error)) from None


def _curve(metrics: Sequence[float], from_epoch: int, to_epoch: int) -> tuple[Epoch, ...]:
    """Turn metrics into epochs: all since birth, or since the last call; else evenly spaced."""
    values = metrics
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
