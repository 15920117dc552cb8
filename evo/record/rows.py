"""The rows of the record as frozen values, and their form in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any

from evo.record.checkpoints import StoredCheckpoint
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.genome import Genome


@dataclass(frozen=True)
class TrialRow:
    """A genome was asked for at this stage, at this place of its generation's order.

    `evaluation` is the job's name; genomes that are equal in what is trained share one.
    """

    generation: int
    position: int
    genome: str
    stage: str
    evaluation: str


@dataclass(frozen=True)
class PredictionRow:
    """What a female predicted for a male, recorded before the result was known."""

    generation: int
    female: str
    male: str
    stage: str
    predicted: Mapping[str, float]


@dataclass(frozen=True)
class Measurement:
    """A further measurement of a genome of the front: the metric on a split, by a replicate."""

    genome: str
    split: str
    replicate: int
    value: float


@dataclass(frozen=True)
class Event:
    """Something worth telling: `level` is info, warning or error; `time` is ISO 8601, UTC."""

    time: str
    level: str
    text: str


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # a numpy scalar or array
        return value.tolist()
    raise TypeError(f"received {value!r} of type {type(value).__name__}, expected plain data")


# One encoder for all: making one for every call takes longer than most calls.
_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_plain, check_circular=False)


def to_json(value: Any) -> str:
    """Write plain data, numpy's included, as compact JSON."""
    return _ENCODER.encode(value)


def genome_row(generation: int, genome: Genome) -> tuple[Any, ...]:
    """Return the columns of `genomes` in order."""
    return genome.id, generation, genome.sex, to_json(genome.parents), genome.text()


def evaluation_row(
    evaluation: Evaluation, stage: str, checkpoint: StoredCheckpoint | None
) -> tuple[Any, ...]:
    """Return the columns of `evaluations` in order, but for the last, which has a default."""
    stored = (None, None, None) if checkpoint is None else astuple(checkpoint)
    return (
        evaluation.job,
        evaluation.key,
        evaluation.genome,
        stage,
        evaluation.from_epoch,
        evaluation.to_epoch,
        evaluation.status,
        evaluation.reason,
        to_json(dict(evaluation.objectives)),
        to_json([epoch_row(epoch) for epoch in evaluation.curve]),
        to_json(_with_features(evaluation)),
        to_json(evaluation.marks),
        *stored,
    )


def _with_features(evaluation: Evaluation) -> dict[str, float]:
    """Return costs and features in one mapping, the latter marked by a prefix."""
    marked = {FEATURE + name: value for name, value in evaluation.features.items()}
    return {**evaluation.costs, **marked}


def epoch_row(epoch: Epoch) -> tuple[Any, ...]:
    """Return the figures of an epoch in the order of its fields; traces only if there are any."""
    row = tuple(getattr(epoch, name) for name in EPOCH_FIELDS)  # astuple is ten times slower
    return (*row, dict(epoch.traces)) if epoch.traces else row


FEATURE = "feature."  # prefix of features among the costs
EPOCH_FIELDS = tuple(field.name for field in fields(Epoch) if field.name != "traces")
EVALUATION_COLUMNS = (
    "name, key, genome, stage, from_epoch, to_epoch, status, reason, objectives, curve, costs, "
    "marks, checkpoint, checkpoint_bytes, checkpoint_sha256"
)


def read_evaluation(row: tuple[Any, ...]) -> Evaluation:
    """Rebuild an evaluation, without its checkpoint, from the columns `EVALUATION_COLUMNS`."""
    name, key, genome, _, from_epoch, to_epoch, status, reason = row[:8]
    objectives, curve, costs, marks = (json.loads(text) for text in row[8:12])
    return Evaluation(
        job=name,
        genome=genome,
        key=key,
        from_epoch=from_epoch,
        to_epoch=to_epoch,
        status=status,
        reason=reason,
        curve=tuple(Epoch(*epoch) for epoch in curve),
        objectives=objectives,
        costs={name: x for name, x in costs.items() if not name.startswith(FEATURE)},
        marks=tuple(marks),
        features={
            name.removeprefix(FEATURE): x for name, x in costs.items() if name.startswith(FEATURE)
        },
    )
