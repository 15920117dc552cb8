"""Sends training requests to the runner and gathers results, for several batches at a time.

A batch is what one generation requests at once. Batches may be under way together; the engine gets
each as a whole, in the order of its requests. What the record already holds is not trained again,
and equal jobs are trained once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from evo.record.recorder import RunRecord
from evo.strategy import TrialRequest
from fitness.evaluation import Evaluation, Job
from runners.runner import Runner


@dataclass
class Batch:
    """Requests made together, their jobs, and the results so far by job."""

    trials: Sequence[TrialRequest]
    jobs: Sequence[Job]
    results: dict[str, Evaluation] = field(default_factory=dict)

    @cached_property
    def stages(self) -> dict[str, str]:
        """The stage of each job, as first requested."""
        stages: dict[str, str] = {}
        for trial, job in zip(self.trials, self.jobs, strict=True):
            stages.setdefault(job.name, trial.stage)
        return stages

    def leading(self) -> Iterator[Evaluation]:
        """Yield the evaluations in the order of the trials, up to the first that is not there."""
        for job in self.jobs:
            if job.name not in self.results:
                return
            yield self.results[job.name]

    def is_complete(self) -> bool:
        """Tell whether every job has a result."""
        return len(self.results) == len(self.stages)

    def evaluations(self) -> list[Evaluation]:
        """Return the evaluations in the order of the trials, each under its genome's name."""
        found = []
        for trial, job in zip(self.trials, self.jobs, strict=True):
            evaluation = self.results[job.name]
            if evaluation.genome != trial.genome.id:  # another genome with the same training
                evaluation = replace(evaluation, genome=trial.genome.id)
            found.append(evaluation)
        return found


class Dispatch:
    """Batches under way. `progress(done, total, stage)` is called for every result."""

    def __init__(
        self, runner: Runner, record: RunRecord, progress: Callable[[int, int, str], None]
    ) -> None:
        self.runner, self.record, self.progress = runner, record, progress
        self.waited_seconds = 0.0
        self._flying: list[Batch] = []
        self._results: Iterator[Evaluation] | None = None

    def send(self, batch: Batch, delivered: Set[str]) -> None:
        """Hand a batch's jobs to the runner, but for those that are known or under way.

        `delivered` are jobs whose evaluation is enough without the checkpoint it left.
        """
        batch.results = self.record.find_all(list(batch.stages), delivered & batch.stages.keys())
        asked: set[str] = set()
        for other in self._flying:
            common = batch.stages.keys() & other.stages.keys()
            batch.results |= {n: other.results[n] for n in common & other.results.keys()}
            asked |= common
        self._flying.append(batch)
        missing = batch.stages.keys() - batch.results.keys() - asked
        unique = {job.name: job for job in batch.jobs if job.name in missing}
        self._train_again(
            batch, [job for job in unique.values() if self.record.gave_up_start(job)]
        )
        self.runner.submit([self.record.with_checkpoint(job) for job in unique.values()])

    def _train_again(self, batch: Batch, jobs: Sequence[Job]) -> None:
        """Train juveniles again that go on although their weights were dropped, stage by stage.

        This happens when a history is replayed in which failed trainings now succeed.
        """
        if not jobs:
            return
        genomes = {trial.genome.id: trial.genome for trial in batch.trials}
        youth, trials = [], []
        for job in jobs:
            stage, begun = self.record.start_of(job)
            youth.append(replace(job, from_epoch=begun, to_epoch=job.from_epoch))
            trials.append(TrialRequest(genomes[job.genome], stage, begun, job.from_epoch))
        again = Batch(trials, youth)
        self.send(again, frozenset())
        self.complete(again)

    def complete(self, batch: Batch, is_over: Callable[[Batch], bool] = lambda _: False) -> bool:
        """Wait until a batch is complete; return False if `is_over` ends it before."""
        began = time.monotonic()
        while not (over := is_over(batch)) and not batch.is_complete():
            self._take(self._next())
        self._flying.remove(batch)
        self.waited_seconds += time.monotonic() - began
        return not over

    def close(self) -> None:
        """Stop the jobs that are still running."""
        if self._results is not None:
            closing = getattr(self._results, "close", None)
            if closing is not None:
                closing()
            self._results = None

    def _next(self) -> Evaluation:
        """Return the next result of any batch."""
        if self._results is None:
            self._results = self.runner.results()
        try:
            return next(self._results)
        except StopIteration:  # all submitted jobs are done; more may have come since
            self._results = self.runner.results()
            return next(self._results)

    def _take(self, evaluation: Evaluation) -> None:
        """Record a result, and give it to all batches that request it."""
        asking = [batch for batch in self._flying if evaluation.job in batch.stages]
        self.record.add_evaluation(evaluation, asking[0].stages[evaluation.job])
        if evaluation.checkpoint is not None:  # it is on disk
            evaluation = replace(evaluation, checkpoint=None)
        for batch in asking:
            batch.results[evaluation.job] = evaluation
            self.progress(len(batch.results), len(batch.stages), batch.trials[0].stage)
