"""The engine: asks the strategy, hands jobs to the runner, tells what came back, writes it down.

It knows neither what a genome means nor how it is trained. The history it writes depends on the
seed and the settings alone: evaluations are told in job order at fixed barriers, whatever order,
number or fate of the workers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from evo.front import Front, Member
from evo.record import RunRecord
from evo.strategy import Account, Strategy, Trial
from fitness.evaluation import Evaluation, Job
from genomes.genome import Genome
from runners.runner import Runner


class Problem(Protocol):
    """What the engine asks of a problem: how to word a job for a genome."""

    @property
    def adult_epochs(self) -> int:
        """Epochs of a full training."""

    def job(self, genome: Genome, from_epoch: int, to_epoch: int, replicate: int = 0) -> Job:
        """Return the job that trains the genome, without its checkpoint."""


class Listener(Protocol):
    """Whoever follows the run: the screen, a log, a notebook."""

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Take note of a finished generation."""

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take note that `done` of `total` trainings of this stage are finished."""


@dataclass(frozen=True)
class Limits:
    """When to stop: whichever comes first."""

    generations: int | None
    budget_epochs: int | None = None
    minutes: float | None = None


IDLE = 20  # generations in a row without a new training, after which a space counts as exhausted


class BudgetSpent(Exception):
    """The epochs of the budget are spent; the generation in hand ends here."""


@dataclass
class Ledger:
    """What has been spent so far. Evaluations shared by equal genomes are paid once."""

    epochs: float = 0.0
    flops: float = 0.0
    seconds: float = 0.0
    epochs_saved: float = 0.0
    paid: set[str] = field(default_factory=set)

    def pay(self, evaluation: Evaluation) -> None:
        """Add the costs of an evaluation that was not paid before."""
        if evaluation.job in self.paid:
            return
        self.paid.add(evaluation.job)
        self.epochs += evaluation.costs.get("epochs", 0.0)
        self.flops += evaluation.costs.get("training_flops", 0.0)
        self.seconds += evaluation.costs.get("seconds", 0.0)


@dataclass
class Engine:
    """One run of a strategy on a problem, resumable from its record."""

    problem: Problem
    strategy: Strategy
    runner: Runner
    record: RunRecord
    front: Front
    limits: Limits
    listener: Listener
    bequeath: bool = False  # whether children start from the weights of adults

    def __post_init__(self) -> None:
        self.ledger = Ledger()
        self.number = 1
        self._waited = 0.0
        self._idle = 0

    def run(self) -> str:
        """Run generation after generation.

        Return why it ended: generations, budget, minutes, or exhausted (nothing new is found).
        """
        self._restore()
        started = time.monotonic()
        last = self.limits.generations
        while last is None or self.number <= last:
            if self._over_budget():
                break
            if self.limits.minutes and time.monotonic() - started > 60 * self.limits.minutes:
                return "minutes"
            if self._idle >= IDLE:
                return "exhausted"
            paid = len(self.ledger.paid)
            try:
                self._generation()
            except BudgetSpent:
                break
            self._idle = self._idle + 1 if len(self.ledger.paid) == paid else 0
        else:
            return "generations"
        self.record.write_front(self.front)  # with those who grew up before the budget was spent
        return "budget"

    def _over_budget(self) -> bool:
        budget = self.limits.budget_epochs
        return budget is not None and self.ledger.epochs >= budget

    # -- one generation ---------------------------------------------------------------------------

    def _generation(self) -> None:
        began, self._waited = time.monotonic(), 0.0
        failures: dict[str, int] = {}
        course = self.strategy.generation(self.number)
        trials = next(course)
        while True:
            evaluations = self._evaluate(trials)
            for evaluation in evaluations:
                if evaluation.status != "ok":
                    failures[evaluation.status] = failures.get(evaluation.status, 0) + 1
            try:
                trials = course.send(evaluations)
            except StopIteration as end:
                account: Account = end.value
                break
        self.ledger.epochs_saved += account.figures.get("epochs_saved", 0)
        engine_seconds = time.monotonic() - began - self._waited
        summary = self._summary(account, failures, engine_seconds)
        state = {
            "strategy": self.strategy.state(),
            "ledger": self._ledger_state(),
            "axes": self.front.axes.state(),
        }
        parents = account.parents if self.bequeath else []
        self.record.finish_generation(self.number, account, summary, state, self.front, parents)
        self.number += 1
        self.listener.generation(summary)

    def _evaluate(self, trials: Sequence[Trial]) -> list[Evaluation]:
        """Carry trials out, in any order, and return their evaluations in the order asked."""
        affordable = self._affordable(trials)
        self.record.add_born(self.number, [trial.genome for trial in affordable])
        jobs = [self.problem.job(t.genome, t.from_epoch, t.to_epoch) for t in affordable]
        answers = self._answers(affordable, jobs)
        evaluations = []
        for trial, job in zip(affordable, jobs, strict=True):
            evaluation = answers[job.name]
            if evaluation.genome != trial.genome.id:  # another genome with the same training
                evaluation = replace(evaluation, genome=trial.genome.id)
            self.ledger.pay(evaluation)
            evaluations.append(evaluation)
            if trial.stage == "adult" and evaluation.status == "ok":
                self.front.add(Member.of(trial.genome.id, self.number, evaluation))
        self.record.add_trials(self.number, affordable, jobs)
        self._settle(affordable, evaluations)
        if len(affordable) < len(trials):
            raise BudgetSpent
        return evaluations

    def _settle(self, trials: Sequence[Trial], evaluations: Sequence[Evaluation]) -> None:
        """Let an open scale be fixed by the first adults, until then by the juveniles."""
        known: dict[str, list[Mapping[str, float]]] = {"juvenile": [], "adult": []}
        for trial, evaluation in zip(trials, evaluations, strict=True):
            if evaluation.status == "ok":
                known[trial.stage].append(evaluation.objectives)
        adults = known["adult"]
        if self.front.axes.settle(adults or known["juvenile"], final=bool(adults)):
            bounds = [f"{a.name} {a.reference:.6g}" for a in self.front.axes.axes]
            self.record.add_axes(self.front.axes.state())
            self.record.note("info", f"reference point, by the first adults: {', '.join(bounds)}")

    def _affordable(self, trials: Sequence[Trial]) -> Sequence[Trial]:
        """Return the leading trials that the budget of epochs still pays for."""
        if self.limits.budget_epochs is None:
            return trials
        left = self.limits.budget_epochs - self.ledger.epochs
        for count, trial in enumerate(trials):
            left -= trial.to_epoch - trial.from_epoch
            if left < 0:
                return trials[:count]
        return trials

    def _answers(self, trials: Sequence[Trial], jobs: Sequence[Job]) -> dict[str, Evaluation]:
        """Take from the record what it holds, run the rest; equal jobs run once."""
        unique = {job.name: (trial, job) for trial, job in zip(trials, jobs, strict=True)}
        told = {
            name
            for name, (trial, _) in unique.items()
            if trial.stage == "adult"
            and name in self.ledger.paid  # nobody goes on from his weights
            and not self.bequeath  # unless his children do
        }
        answers = self.record.find_all(list(unique), told)
        missing = [
            self.record.with_checkpoint(job)
            for name, (_, job) in unique.items()
            if name not in answers
        ]
        began = time.monotonic()
        for evaluation in self.runner.run(missing):
            trial, _ = unique[evaluation.job]
            self.record.add_evaluation(evaluation, trial.stage)
            if evaluation.checkpoint is not None:  # it lies on the disk
                evaluation = replace(evaluation, checkpoint=None)
            answers[evaluation.job] = evaluation
            label = trials[0].stage if trials else ""
            self.listener.progress(len(answers), len(unique), label)
        self._waited += time.monotonic() - began
        return answers

    # -- state ------------------------------------------------------------------------------------

    def _summary(
        self, account: Account, failures: Mapping[str, int], engine_seconds: float
    ) -> dict[str, Any]:
        spent, saved = self.ledger.epochs, self.ledger.epochs_saved
        return {
            "generation": self.number,
            "hypervolume": self.front.hypervolume(),
            "best_accuracy": self.front.best(),
            "front_size": len(self.front.members()),
            "epochs_spent": spent,
            "training_flops": self.ledger.flops,
            "training_seconds": self.ledger.seconds,
            "engine_seconds": engine_seconds,
            "failures": dict(failures),
            **account.figures,
            "epochs_saved": saved,
            "epochs_saved_share": saved / (saved + spent) if saved + spent else 0.0,
        }

    def _ledger_state(self) -> dict[str, float]:
        ledger = self.ledger
        return {
            "epochs": ledger.epochs,
            "flops": ledger.flops,
            "seconds": ledger.seconds,
            "epochs_saved": ledger.epochs_saved,
        }

    def _restore(self) -> None:
        """Take up the last snapshot, if there is one; what came after it will be replayed."""
        snapshot = self.record.rewind()
        if snapshot is None:
            return
        number, state = snapshot
        self.number = number + 1
        self.ledger = Ledger(**state["ledger"], paid=self.record.paid())
        self.front.axes.restore(state.get("axes") or {})
        for member in self.record.adults():
            self.front.add(member)
        self.strategy.restore(state["strategy"], self.record.recall)
