"""What an engine needs besides the toy world: jobs, an evaluator with checkpoints, a listener."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evo.record.recorder import RunRecord
from fitness.evaluation import Evaluation, Job, failure, trajectory_key
from genomes.genes.genome import Genome
from tests.evo.toy import FULL, evaluate


def state(job: Job, epoch: int) -> bytes:
    """Return the toy checkpoint of a job's training after an epoch."""
    return f"{job.key} after {epoch}".encode()


@dataclass
class ToyEvaluator:
    """Computes by formula; a share of the trainings diverges. Notes what it was asked for."""

    asked: list[Job] = field(default_factory=list)

    def evaluate(self, job: Job) -> Evaluation:
        self.asked.append(job)
        assert job.checkpoint == (state(job, job.from_epoch) if job.from_epoch else None)
        if int(job.name.replace("-", ""), 16) % 7 == 0:
            return failure(job, "diverged", "the loss is NaN in epoch 1")
        genome = Genome(job.genome, "male", job.expressed, birth=job.birth)
        answer = evaluate(genome, job.key, job.from_epoch, job.to_epoch)
        return replace(answer, checkpoint=state(job, job.to_epoch))


@dataclass(frozen=True)
class ToyProblem:
    """Words the jobs of the toy world."""

    adult_epochs: int = FULL

    def job(
        self, genome: Genome, from_epoch: int, to_epoch: int, replicate: int = 0, fold: int = 0
    ) -> Job:
        expressed, birth, epochs = genome.expressed(), genome.birth, self.adult_epochs
        key = trajectory_key(expressed, birth, "toy", epochs, fold or None, replicate)
        return Job(genome.id, expressed, birth, key, 7, from_epoch, to_epoch, epochs, fold=fold)


@dataclass
class Ear:
    """Listens."""

    summaries: list[Mapping[str, Any]] = field(default_factory=list)
    heard: list[tuple[int, int, str]] = field(default_factory=list)

    def generation(self, summary: Mapping[str, Any]) -> None:
        self.summaries.append(summary)

    def progress(self, done: int, total: int, stage: str) -> None:
        self.heard.append((done, total, stage))


def written_front(record: RunRecord) -> list[dict[str, str]]:
    """Return the rows of `pareto.csv`; none if it was not written."""
    path = record.folder.pareto
    return list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []
