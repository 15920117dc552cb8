"""The engine asks the strategy for trainings, runs them, returns the results, and records them.

It knows neither what a genome means nor how it is trained. The history it writes depends on the
seed and the settings alone: the strategy gets evaluations in job order at fixed barriers,
whatever the number, speed or failures of the workers.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from evo.engine.all_failed import ALL_FAILED, Tally
from evo.engine.dispatch import Batch, Dispatch
from evo.engine.ledger import Ledger
from evo.engine.listener import Listener
from evo.pareto.front import Front, Member
from evo.record.recorder import RunRecord
from evo.strategy import ADULT, GenerationPlan, GenerationReport, Strategy, TrialRequest
from fitness.evaluation import Evaluation, Job
from genomes.genes.genome import Genome
from runners.runner import Runner


class Problem(Protocol):
    """What the engine asks of a problem: how to word a job for a genome."""

    @property
    def adult_epochs(self) -> int:
        """Epochs of a full training."""

    def job(self, genome: Genome, from_epoch: int, to_epoch: int, replicate: int = 0) -> Job:
        """Return the job that trains the genome, without its checkpoint."""


@dataclass(frozen=True)
class Limits:
    """When to stop: whichever comes first."""

    generations: int | None
    budget_epochs: int | None = None
    minutes: float | None = None


MOST_OVERLAP = 8  # generations bred in advance of what they could have learnt from
AT_ONCE = ("minutes", ALL_FAILED)  # reasons for which generations under way are not waited for
IDLE = 20  # generations in a row without a new training, after which a space counts as exhausted


@dataclass
class Generation:
    """One generation under way: its plan, the batch it waits for, and the step it goes on at."""

    number: int
    plan: GenerationPlan
    batch: Batch | None = None
    due: int = 0
    jobs: set[str] = field(default_factory=set)  # all that it has requested
    failures: dict[str, int] = field(default_factory=dict)
    report: GenerationReport | None = None  # once it is over
    is_cut: bool = False  # the budget did not cover all that it requested


@dataclass
class Engine:
    """One run of a strategy on a problem, resumable from its record.

    With an `overlap` of K, generations are under way together. At step t, generation t begins;
    then each waiting generation gets its results K steps after its request, the oldest first. So
    children are bred, and juveniles chosen, with what was known K steps before, and the next
    generation trains while the slowest jobs of one finish. The first generation is over before the
    second begins. K shapes the history, the speed of workers does not. With K = 0 each generation
    is over before the next begins.
    """

    problem: Problem
    strategy: Strategy
    runner: Runner
    record: RunRecord
    front: Front
    limits: Limits
    listener: Listener
    needs_adults: bool = False  # whether children start from weights of adults, or learn from them
    overlap: int = 0
    stages: int = 2  # of a training: in so many steps, times the overlap, a generation is over

    def __post_init__(self) -> None:
        self.ledger = Ledger()
        self.tally = Tally()
        self.dispatch = Dispatch(self.runner, self.record, self._progress)
        self.number = 1  # of the generation that begins next
        self.step = 1
        self._under_way: list[Generation] = []
        self._replayed: set[str] = set()  # jobs that were evaluated before a replay began
        self._past: deque[set[str]] = deque(maxlen=self.stages * self.overlap)
        self._idle = 0
        self._paid = 0
        self._since = time.monotonic()

    def run(self) -> str:
        """Run generation after generation.

        Return why it ended: generations, budget, minutes, exhausted (nothing new is found), or
        all failed (nothing has ever succeeded).
        """
        self._restore()
        started = self._since = time.monotonic()
        reason: str | None = None
        try:
            while True:
                reason = reason or self._why_no_more(time.monotonic() - started)
                if reason in AT_ONCE or (reason and not self._under_way):
                    break
                if reason is None:
                    reason = self._begin()
                reason = self._advance() or reason
                self.step += 1
        finally:
            self.dispatch.close()
        if reason == "budget":
            self.record.write_front(self.front)  # with the adults trained before it was spent
        self._warn_beyond_reference()
        return self.tally.ending(reason)

    def _why_no_more(self, seconds: float) -> str | None:
        """Return why no further generation begins, if none does."""
        limits = self.limits
        if limits.generations is not None and self.number > limits.generations:
            return "generations"
        if limits.budget_epochs is not None and self.ledger.left(limits.budget_epochs) <= 0:
            return "budget"
        if limits.minutes and seconds > 60 * limits.minutes:
            return "minutes"
        return "exhausted" if self._idle >= IDLE else None

    def _progress(self, done: int, total: int, stage: str) -> None:
        self.listener.progress(done, total, stage)

    # -- generations under way --------------------------------------------------------------------

    def _begin(self) -> str | None:
        """Start the next generation, send its first requests; return "budget" if that is spent."""
        generation = Generation(self.number, self.strategy.generation(self.number))
        self._under_way.append(generation)
        self.number += 1
        return self._send(generation, next(generation.plan))

    def _advance(self) -> str | None:
        """Deliver all results that are due, oldest first; return why the run ends, if it does."""
        reason = None
        for generation in list(self._under_way):
            while generation.batch is not None and generation.due <= self.step:
                if not self.dispatch.complete(generation.batch, self._is_hopeless):
                    return self._give_up(generation)
                trials = self._deliver(generation)
                if trials is not None:
                    reason = self._send(generation, trials) or reason
            while self._under_way and self._under_way[0].batch is None:
                self._finish(self._under_way.pop(0))
        return reason

    def _send(self, generation: Generation, trials: Sequence[TrialRequest]) -> str | None:
        """Send the requests that the budget covers; return "budget" if not for all."""
        affordable = self.ledger.affordable(trials, self.limits.budget_epochs)
        self.record.add_born(generation.number, [trial.genome for trial in affordable])
        jobs = [self.problem.job(t.genome, t.from_epoch, t.to_epoch) for t in affordable]
        self.ledger.promise(jobs)
        generation.jobs.update(job.name for job in jobs)
        generation.batch = Batch(affordable, jobs)
        # Before the second generation begins, there must be parents to breed from.
        generation.due = self.step + (self.overlap if generation.number > 1 else 0)
        generation.is_cut = len(affordable) < len(trials)
        self.dispatch.send(generation.batch, self._delivered(generation.batch))
        return "budget" if generation.is_cut else None

    def _delivered(self, batch: Batch) -> set[str]:
        """Return the jobs whose evaluation is enough without the weights it left."""
        if self.needs_adults:
            return self._replayed
        adults = {name for name, stage in batch.stages.items() if stage == ADULT}
        return (adults & self.ledger.paid) | self._replayed  # nothing continues from those weights

    def _deliver(self, generation: Generation) -> Sequence[TrialRequest] | None:
        """Deliver the results of a batch; return the next requests, None at the end."""
        batch = generation.batch
        assert batch is not None
        generation.batch = None
        evaluations = batch.evaluations()
        for trial, evaluation in zip(batch.trials, evaluations, strict=True):
            self._pay(evaluation)
            if evaluation.status != "ok":
                failures = generation.failures
                failures[evaluation.status] = failures.get(evaluation.status, 0) + 1
            elif trial.stage == ADULT:
                figures = evaluation.objectives, evaluation.costs
                born = trial.genome.id, generation.number
                self.front.add(Member.of(*born, evaluation.job, *figures))
        self.record.add_trials(generation.number, batch.trials, batch.jobs)
        self._settle(batch.trials, evaluations)
        if generation.is_cut:
            return None
        try:
            return generation.plan.send(evaluations)
        except StopIteration as end:
            generation.report = end.value
            return None

    def _pay(self, evaluation: Evaluation) -> None:
        self.tally.add(evaluation)
        self.ledger.pay(evaluation)

    def _is_hopeless(self, batch: Batch) -> bool:
        return self.tally.last_straw(batch.leading()) is not None

    def _give_up(self, generation: Generation) -> str:
        """Record the trainings after which the run stops; return why it ends."""
        batch = generation.batch
        assert batch is not None
        count = self.tally.last_straw(batch.leading())
        for evaluation in list(batch.leading())[:count]:
            self._pay(evaluation)
        self.record.add_trials(generation.number, batch.trials[:count], batch.jobs[:count])
        return ALL_FAILED

    def _finish(self, generation: Generation) -> None:
        """Record a finished generation, unless the budget cut it short."""
        report = generation.report
        if report is None:
            return
        self.ledger.epochs_saved += report.figures.get("epochs_saved", 0)
        engine_seconds = time.monotonic() - self._since - self.dispatch.waited_seconds
        summary = self._summary(generation, report, engine_seconds)
        state = {
            "strategy": self.strategy.state(),
            "ledger": self.ledger.state(),
            "axes": self.front.axes.state(),
        }
        parents = report.parents if self.needs_adults else []
        self._past.append(generation.jobs)
        flying = self._replayed - self.ledger.paid  # of generations that are still to be replayed
        flying = flying.union(*self._past, *(other.jobs for other in self._under_way))
        self.record.finish_generation(
            generation.number, report, summary, state, self.front, parents, flying
        )
        self._idle = self._idle + 1 if len(self.ledger.paid) == self._paid else 0
        self._paid = len(self.ledger.paid)
        self._since, self.dispatch.waited_seconds = time.monotonic(), 0.0
        self.listener.generation(summary)

    def _settle(self, trials: Sequence[TrialRequest], evaluations: Sequence[Evaluation]) -> None:
        """Fix an open scale by the first adults, until then by the juveniles."""
        adults: list[Mapping[str, float]] = []
        young: list[Mapping[str, float]] = []
        for trial, evaluation in zip(trials, evaluations, strict=True):
            if evaluation.status == "ok":
                (adults if trial.stage == ADULT else young).append(evaluation.objectives)
        if self.front.axes.settle(adults or young, final=bool(adults)):
            self.record.add_axes(self.front.axes.state())

    def _warn_beyond_reference(self) -> None:
        """Warn about members of the front beyond the reference point that was given."""
        axes, members = self.front.axes, self.front.members()
        beyond = int(axes.beyond(axes.signed(member.objectives for member in members)).sum())
        if beyond:
            point = ", ".join(f"{axis.name} {axis.reference:.6g}" for axis in axes.axes)
            self.record.note(
                "warning",
                f"{beyond} of {len(members)} members of the front are worse than the reference "
                f"point ({point}): they add nothing to the hypervolume, and become parents last",
            )

    # -- state ------------------------------------------------------------------------------------

    def _summary(
        self, generation: Generation, report: GenerationReport, engine_seconds: float
    ) -> dict[str, Any]:
        spent, saved = self.ledger.epochs, self.ledger.epochs_saved
        return {
            "generation": generation.number,
            "hypervolume": self.front.hypervolume(),
            "best_metric": self.front.best(),
            "front_size": len(self.front.members()),
            "epochs_spent": spent,
            "training_flops": self.ledger.flops,
            "training_seconds": self.ledger.seconds,
            "engine_seconds": engine_seconds,
            "failures": dict(generation.failures),
            **report.figures,
            "epochs_saved": saved,
            "epochs_saved_share": saved / (saved + spent) if saved + spent else 0.0,
        }

    def _restore(self) -> None:
        """Take up the last snapshot, if there is one; what came after it will be replayed.

        There is none of generations that are under way together: then everything is replayed.
        """
        if (
            self.record.is_retried and not self.needs_adults
        ):  # children would need weights given up
            self._replayed = self.record.store.evaluated()
        if self.overlap:
            known = self.record.rewind_whole(self.stages * self.overlap + 2)
            self._replayed = self._replayed if self.record.is_retried else known
            return
        snapshot = self.record.rewind()
        if snapshot is None:
            return
        number, state = snapshot
        self.number = self.step = number + 1
        self.ledger = Ledger(**state["ledger"], paid=self.record.paid())
        self._paid = len(self.ledger.paid)
        self.tally = Tally.of(self.record.store.statuses(), self.ledger.paid)
        self.front.axes.restore(state.get("axes") or {})
        for member in self.record.adults():
            self.front.add(member)
        recall = partial(self.record.recall, axes=self.front.axes)
        self.strategy.restore(state["strategy"], recall)
