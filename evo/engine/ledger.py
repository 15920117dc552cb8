"""What a run has spent, and what running jobs will spend. Equal trainings count once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evo.strategy import TrialRequest
from fitness.evaluation import Evaluation, Job


@dataclass
class Ledger:
    """Costs so far, and `promised` epochs by job of the trainings that are asked for.

    It is kept in the order of the history, which no worker's speed changes.
    """

    epochs: float = 0.0
    flops: float = 0.0
    seconds: float = 0.0
    epochs_saved: float = 0.0
    paid: set[str] = field(default_factory=set)
    promised: dict[str, int] = field(default_factory=dict)

    def promise(self, jobs: Sequence[Job]) -> None:
        """Set the epochs of these jobs aside, but for those that are paid."""
        for job in jobs:
            if job.name not in self.paid:
                self.promised[job.name] = job.to_epoch - job.from_epoch

    def pay(self, evaluation: Evaluation) -> None:
        """Add the costs of an evaluation that was not paid before."""
        self.promised.pop(evaluation.job, None)
        if evaluation.job in self.paid:
            return
        self.paid.add(evaluation.job)
        self.epochs += evaluation.costs.get("epochs", 0.0)
        self.flops += evaluation.costs.get("training_flops", 0.0)
        self.seconds += evaluation.costs.get("seconds", 0.0)

    def left(self, budget: int) -> float:
        """Return how much of a budget of epochs is neither spent nor promised."""
        return budget - self.epochs - sum(self.promised.values())

    def affordable(
        self, trials: Sequence[TrialRequest], budget: int | None
    ) -> Sequence[TrialRequest]:
        """Return the leading trials that a budget of epochs still pays for, all without one."""
        if budget is None:
            return trials
        left = self.left(budget)
        for count, trial in enumerate(trials):
            left -= trial.to_epoch - trial.from_epoch
            if left < 0:
                return trials[:count]
        return trials

    def state(self) -> Mapping[str, float]:
        """Return the costs, for a snapshot; which jobs are paid is read from the record."""
        return {
            "epochs": self.epochs,
            "flops": self.flops,
            "seconds": self.seconds,
            "epochs_saved": self.epochs_saved,
        }
