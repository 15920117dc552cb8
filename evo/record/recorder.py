"""The record as the engine writes and reads it: the store, the folder, and which weights stay.

An evaluation is on disk before the strategy gets it; a generation is finished in one transaction
and then in a snapshot. So a process may be killed at any time, and the rest is replayed.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

from evo.files.atomic_file import RecordError
from evo.pareto.dominance import Axes
from evo.pareto.front import Front, Member
from evo.record.checkpoints import ENDING, StoredCheckpoint
from evo.record.earlier_versions import with_later_genes
from evo.record.front_rows import as_csv, front_rows
from evo.record.rows import Measurement, PredictionRow, TrialRow, to_json
from evo.record.run_folder import LOG, RunFolder
from evo.record.run_memory import RunMemory
from evo.record.store import Store
from evo.record.write_batches import WriteBatches
from evo.strategy import ADULT, GenerationReport, Individual, LifeStage, TrialRequest
from fitness.evaluation import Evaluation, Job
from fitness.training.chosen_teacher import ChosenTeacher
from fitness.training.inheritance import Inheritance
from genomes.genes.genome import Genome
from runners.events import WorkerEvent

# Keys of the store's facts about the whole run:
REASON = "reason"  # why it ended; empty while it goes on
FOUNDERS = "founders"  # genomes that another run passed on to it
AXES = "axes"  # reference and ideal, where the first adults fixed them
NOT_REPRODUCIBLE = "not_reproducible"  # what happened that another machine may not repeat
INHERITANCES = "bequests"  # in a snapshot: jobs whose weights the next generation may inherit
CHANCE = ("out_of_memory", "timed_out")  # ends of a training that depend on the machine


def _in_short(summary: dict[str, Any]) -> str:
    numbers = {name: value for name, value in summary.items() if isinstance(value, int | float)}
    return ", ".join(f"{name} {value:.6g}" for name, value in numbers.items())


class RunRecord:
    """One run's record. Make it by `create` or `open`; close it when done."""

    def __init__(self, place: RunFolder | RunMemory, store: Store) -> None:
        self.place = place
        self.store = store
        self._measurements: dict[tuple[str, str, int], float] | None = None
        self._batches = WriteBatches(store.add_evaluations)
        self._born: dict[str, Genome] = {}  # those of the generation in hand that are recorded
        # Jobs whose weights children may start or learn from: as of the snapshot before, and of
        # the last.
        self._inheritances: deque[set[str]] = deque(maxlen=2)
        self._flying: Set[str] = frozenset()  # jobs that generations under way may go on from
        self.keep_all = False  # whether no weights are ever given up
        self.is_retried = (
            False  # whether what had failed is trained again, which may end differently
        )

    @classmethod
    def create(cls, path: Path, config: str) -> RunRecord:
        """Make the folder of a new run and write its config; raises `BadInput` if it exists."""
        folder = RunFolder.create(path)
        folder.write_config(config)
        return cls(folder, Store.create(folder.database))

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> RunRecord:
        """Open an existing run; raises `BadInput` if there is none or it cannot be read."""
        folder = RunFolder.open(path)
        return cls(folder, Store.open(folder.database, read_only=read_only))

    @classmethod
    def in_memory(cls) -> RunRecord:
        """Make a record that is gone with the process."""
        return cls(RunMemory(), Store.in_memory())

    @property
    def folder(self) -> RunFolder:
        """The run's folder; raises ValueError for a record in memory."""
        if not isinstance(self.place, RunFolder):
            raise ValueError("this run is recorded in memory and has no folder")
        return self.place

    def close(self) -> None:
        """Close the database. May be called twice."""
        try:
            self._batches.flush()
        finally:
            self.store.close()

    def add_founders(self, genomes: Sequence[Genome]) -> None:
        """Record the founders, in case a resume has to found the population again."""
        self.store.set_meta({FOUNDERS: to_json([genome.to_json() for genome in genomes])})

    def founders(self) -> tuple[Genome, ...]:
        """Return the genomes that founded the population besides those drawn at random."""
        found = json.loads(self.store.meta().get(FOUNDERS, "[]"))
        return tuple(with_later_genes(Genome.from_json(genome)) for genome in found)

    # -- within a generation ----------------------------------------------------------------------

    def add_born(self, number: int, genomes: Iterable[Genome]) -> None:
        """Record new genomes; those that are recorded already are skipped."""
        fresh = self._unrecorded(genomes)
        self.store.add_genomes(number, fresh)
        self._born.update((genome.id, genome) for genome in fresh)

    def _unrecorded(self, genomes: Iterable[Genome]) -> list[Genome]:
        return [genome for genome in genomes if self._born.get(genome.id) is not genome]

    def find(self, job: str, *, delivered: bool = False) -> Evaluation | None:
        """Return a recorded evaluation whose checkpoint, if it left one, is still there."""
        return self.find_all([job], {job} if delivered else set()).get(job)

    def find_all(
        self, jobs: Sequence[str], delivered: Set[str] = frozenset()
    ) -> dict[str, Evaluation]:
        """Return those of the jobs whose evaluation is recorded and its checkpoint, if any, kept.

        A `delivered` one needs none: its genome left the front, so the checkpoint was deleted.
        """
        self._batches.flush()
        found = self.store.find_evaluations(jobs, self.place.checkpoints)
        for job in delivered - found.keys():
            if self.store.gave_up_checkpoint(job):
                known = self.store.find_evaluation(job)
                found |= {job: known} if known is not None else {}
        return found

    def with_checkpoint(self, job: Job) -> Job:
        """Return the job with the checkpoint it goes on from; raises KeyError if that is lost.

        There is none to be lost where the earlier job left none: a user's function need not. A
        training that begins with inherited weights gets those, and one with a teacher the
        teacher's; raises `RecordError` if they are lost.
        """
        job = self._with_teacher(job)
        if job.from_epoch == 0:
            return self._with_heritage(job)
        earlier = replace(job, to_epoch=job.from_epoch).name
        checkpoint = self.place.read_checkpoint(earlier)
        if checkpoint is None and not self.store.left_no_checkpoint(earlier):
            raise KeyError(f"no checkpoint of {earlier}")
        return replace(job, checkpoint=checkpoint)

    def gave_up_start(self, job: Job) -> bool:
        """Tell whether the checkpoint that a job goes on from was given up on purpose."""
        if job.from_epoch == 0:
            return False
        return self.store.gave_up_checkpoint(replace(job, to_epoch=job.from_epoch).name)

    def start_of(self, job: Job) -> tuple[LifeStage, int]:
        """Return the stage of the training that a job goes on from, and where that began."""
        return self.store.span(replace(job, to_epoch=job.from_epoch).name)

    def _with_heritage(self, job: Job) -> Job:
        inheritance = Inheritance.of(job.birth)
        if inheritance is None:
            return job
        text = f"{job.genome} inherits the weights of", "another start"
        return replace(job, heritage=self._needed_weights(inheritance.job, *text))

    def _with_teacher(self, job: Job) -> Job:
        teacher = ChosenTeacher.of(job.birth)
        if teacher is None:
            return job
        text = f"{job.genome} learns from the network of", "learning without it"
        return replace(job, teacher=self._needed_weights(teacher.job, *text))

    def _needed_weights(self, job: str, needs: str, instead: str) -> bytes:
        """Return the checkpoint of an adult that a training needs; raises `RecordError`."""
        found = self.weights(job)
        if found is None:
            raise RecordError(
                f"{needs} the training {job}, but its checkpoint is missing or damaged, and "
                f"{instead} would be another history. Put checkpoints/{job}{ENDING} back, or "
                "start the run anew"
            )
        return found

    def weights(self, job: str) -> bytes | None:
        """Return a checkpoint, None if it was given up, is lost or is not as it was recorded."""
        stored, blob = self.store.find_checkpoint(job), self.place.read_checkpoint(job)
        if stored is None or blob is None:
            return None
        if StoredCheckpoint.of(job, blob) != stored:
            self.note("warning", f"the checkpoint {stored.file} is damaged; nothing reads it")
            return None
        return blob

    def add_evaluation(self, evaluation: Evaluation, stage: str) -> None:
        """Record an evaluation, its checkpoint first.

        One without a checkpoint may take half a second to be safe, if many arrive in a rush.
        """
        if evaluation.checkpoint is None:
            self._batches.add((evaluation, stage, None))
        else:
            self._batches.flush()
            stored = self.place.write_checkpoint(evaluation.job, evaluation.checkpoint)
            self.store.add_evaluation(evaluation, stage, stored)
        if evaluation.status != "ok":
            self._batches.flush()
            text = f"{evaluation.genome} {evaluation.status}: {evaluation.reason}"
            if evaluation.status in CHANCE:
                self.store.set_meta({NOT_REPRODUCIBLE: text})
            self.note("warning", text)

    def add_trials(self, number: int, trials: Sequence[TrialRequest], jobs: Sequence[Job]) -> None:
        """Record the requests in order, and the evaluation of each; those are on disk now."""
        self._batches.flush()
        self.store.add_trials(
            TrialRow(number, position, trial.genome.id, trial.stage, job.name)
            for position, (trial, job) in enumerate(zip(trials, jobs, strict=True))
        )

    def finish_generation(
        self,
        number: int,
        account: GenerationReport,
        summary: dict[str, Any],
        state: dict[str, Any],
        front: Front,
        parents: Sequence[str] = (),
        flying: Set[str] = frozenset(),
    ) -> None:
        """Record a finished generation; then give up the weights that nothing needs any more.

        `parents` are the adults whose weights the next generation's children may start from. Those
        of the generation before are kept too: the last snapshot may turn out to be damaged.
        `flying` are jobs that other generations under way may go on from.
        """
        with self.store.transaction():
            self.store.add_genomes(number, self._unrecorded(account.born))
            self.store.add_predictions(
                PredictionRow(number, p.female, p.male, p.stage, p.predicted)
                for p in account.predictions
            )
            self.store.add_generation(number, summary)
        for genome in account.born:
            self._born.pop(genome.id, None)
        self.write_front(front)
        inheritances = {t.evaluation for p in parents if (t := self.store.find_trial(p, ADULT))}
        if inheritances:
            state = {**state, INHERITANCES: sorted(inheritances)}
        self.place.write_snapshot(number, state)
        waiting = [self.store.trials_of(genome) for genome in account.waiting]
        young = {trials[-1].evaluation for trials in waiting if trials}
        self._inheritances.append(inheritances)
        self._flying = flying
        self._give_up_weights(front, young.union(flying, *self._inheritances))
        LOG.info("generation %d: %s", number, _in_short(summary))

    def _give_up_weights(self, front: Front, others: Set[str]) -> None:
        if self.keep_all:
            return
        needed = {member.job for member in [*front.members(), *front.by_ratio()]} | others
        unneeded = self.place.checkpoints.names() - needed
        self.store.mark_removed(unneeded)
        self.place.remove_checkpoints(unneeded)

    def write_front(self, front: Front) -> None:
        """Write `pareto.csv`, for people: the same history gives the same bytes."""
        rows = front_rows(self.store, front)
        if rows:
            self.place.write_front(as_csv(rows))

    # -- resuming ---------------------------------------------------------------------------------

    def rewind(self) -> tuple[int, dict[str, Any]] | None:
        """Return the last sound snapshot and forget the history after it, which is replayed."""
        # A mirror may hold a snapshot of a generation that its database does not know yet.
        done = self.finished_generations()
        snapshot = self.place.latest_snapshot(lambda text: self.note("warning", text), done)
        self.store.forget_after(snapshot[0] if snapshot else 0)
        self._born.clear()
        self._inheritances.append(set(snapshot[1].get(INHERITANCES, ())) if snapshot else set())
        self.store.set_meta({REASON: ""})
        return snapshot

    def rewind_whole(self, generations: int) -> set[str]:
        """Forget the whole history, to replay it; return the jobs whose evaluations are kept.

        Runs with overlapping generations resume like this, for these have no snapshots.
        Weights that children may start from are kept for so many generations.
        """
        known = self.store.evaluated()
        self.store.forget_after(0)
        self._born.clear()
        self._inheritances = deque(self._inheritances, maxlen=generations)
        self.store.set_meta({REASON: ""})
        return known

    def retry_failed(self) -> int:
        """Forget every training that did not succeed, and the history since; return how many.

        The engine then replays the history from the other evaluations. It ends as if
        the failed ones had never been tried before.
        """
        self._batches.flush()
        failed = {job for job, status in self.store.statuses().items() if status != "ok"}
        if not failed:
            return 0
        touched = [t.generation for t in self.store.trials() if t.evaluation in failed]
        first = min(touched, default=self.finished_generations() + 1)
        self.place.remove_snapshots(first)  # first, for an older one serves as well
        with self.store.transaction():
            self.store.forget_after(first - 1)
            self.store.forget_evaluations(failed)
            self.store.set_meta({REASON: ""})
            self.note("info", f"{len(failed)} trainings that had failed are tried again")
        self.is_retried = True
        return len(failed)

    def paid(self) -> set[str]:
        """Return the names of all evaluations that the history has asked for."""
        return {trial.evaluation for trial in self.store.trials()}

    def adults(self) -> list[Member]:
        """Return all adults of the history that turned out well, in order."""
        return [Member.of(*row) for row in self.store.adults()]

    def recall(self, identity: str, axes: Axes) -> Individual:
        """Return what is recorded of an individual; raises KeyError for an unknown one.

        `axes` are the run's objectives.
        """
        found = self._evaluations(identity)
        adult = found.pop(ADULT, None)
        youth = tuple(sorted(found.values(), key=lambda evaluation: evaluation.to_epoch))
        return Individual(self.genome(identity), {}, youth, adult, fitness=axes.fitness())

    def _evaluations(self, identity: str) -> dict[str, Evaluation]:
        """Return what came of a genome's trainings, by stage."""
        stages = {trial.evaluation: trial.stage for trial in self.store.trials_of(identity)}
        found = self.store.find_evaluations(list(stages))
        return {stages[job]: replace(one, genome=identity) for job, one in found.items()}

    def genome(self, identity: str) -> Genome:
        """Return a genome; raises KeyError for an unknown one."""
        found = self.store.find_genome(identity)
        if found is None:
            raise KeyError(identity)
        return found

    # -- the whole run ----------------------------------------------------------------------------

    def add_axes(self, state: dict[str, Any]) -> None:
        """Record the scale that the first adults fixed."""
        self.store.set_meta({AXES: to_json(state)})

    def axes(self) -> dict[str, Any]:
        """Return that scale; empty if it was given, or there is no adult."""
        return dict(json.loads(self.store.meta().get(AXES, "{}")))

    def note(self, level: str, text: str) -> None:
        """Record an event (info, warning or error), in the log as well."""
        LOG.log(logging.getLevelNamesMapping()[level.upper()], text)
        self.store.add_event(level, text)

    def hear(self, event: WorkerEvent) -> None:
        """Record what happened to a worker."""
        self.note(event.level, f"{event.kind}: {event.text}")
        if event.kind == "given up":  # by chance, not by what the genome is
            self.store.set_meta({NOT_REPRODUCIBLE: event.text})

    def end(self, reason: str, front: Front) -> None:
        """Record why the run ended, and delete the weights of juveniles that wait for promotion.

        Those that children would start from stay, and those of generations that were under way
        together, for a run may be continued beyond its end.
        """
        self.store.set_meta({REASON: reason})
        self.write_front(front)
        self._give_up_weights(front, set(self._flying).union(*self._inheritances))
        self.note("info", f"ended: {reason}")

    def reason(self) -> str | None:
        """Return why the run ended, None if it has not (or goes on after its end)."""
        return self.store.meta().get(REASON) or None

    def finished_generations(self) -> int:
        """Return how many generations are finished."""
        return len(self.store.generations())

    def measurement(self, genome: str, split: str, replicate: int) -> float | None:
        """Return a further measurement of a genome, None if there is none."""
        if self._measurements is None:
            rows = self.store.measurements()
            self._measurements = {(m.genome, m.split, m.replicate): m.value for m in rows}
        return self._measurements.get((genome, split, replicate))

    def add_measurement(self, genome: str, split: str, replicate: int, value: float) -> None:
        """Record a further measurement of a genome."""
        self.store.add_measurement(Measurement(genome, split, replicate, value))
        self._measurements = None

    def legacy(self, males: Sequence[str]) -> list[Genome]:
        """Return what a run passes on: these males, in this order, and its females."""
        snapshot = self.folder.latest_snapshot(lambda _: None)
        strategy = snapshot[1]["strategy"] if snapshot else {}
        females = strategy.get("predictors", {}).get("females", [])
        return [self.genome(identity) for identity in [*males, *(f["id"] for f in females)]]
