"""How a network is trained beyond what its genes say: averaged weights, teachers.

A plain value that travels with a job; free of torch. A search trains without either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from hashlib import sha256

from genomes.genes.genome import digest
from genomes.genes.registry import suggest
from genomes.graph.spec import NetworkSpec

NONE = "none"
AVERAGES = (NONE, "ema", "swa")
TEMPERATURE, TEACHING_WEIGHT = 2.0, 0.5


@dataclass(frozen=True)
class Teacher:
    """A trained network whose answers are taught: its graph, and the checkpoint of its weights.

    Whoever chooses it sees to it that it is of the same task. It scales inputs as it learnt to,
    also where the network that it teaches learns from more of them.
    """

    spec: NetworkSpec
    checkpoint: bytes = field(repr=False)


@dataclass(frozen=True)
class Teaching:
    """The mean answer of teachers, softened by a temperature, and its `weight` in the loss.

    The targets of the data keep the rest of it (Hinton et al. 2015,
    https://arxiv.org/abs/1503.02531).
    """

    teachers: tuple[Teacher, ...]
    temperature: float = TEMPERATURE
    weight: float = TEACHING_WEIGHT

    def __post_init__(self) -> None:
        if not self.teachers:
            raise ValueError("received no teacher, expected at least one")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"received temperature {self.temperature}, expected a number above 0")
        if not 0 < self.weight <= 1:
            raise ValueError(
                f"received teaching weight {self.weight}, expected a number above 0, at most 1"
            )

    @property
    def identity(self) -> str:
        """What the key of a training says: whose weights teach, and how."""
        taught = [
            [t.spec.canonical_hash(), sha256(t.checkpoint).hexdigest()] for t in self.teachers
        ]
        return f" taught by {digest(taught)} at {self.temperature!r} for {self.weight!r}"


@dataclass(frozen=True)
class Regimen:
    """What is handed over, the last weights or an average of `fitness.training.averaging`; and
    who teaches, if anybody does."""

    average: str = NONE
    teaching: Teaching | None = None

    def __post_init__(self) -> None:
        if self.average not in AVERAGES:
            raise ValueError(suggest("average of weights", self.average, AVERAGES))

    @property
    def identity(self) -> str:
        """What the key of a training says of it; empty where nothing is beyond the genes."""
        averaged = "" if self.average == NONE else f" average {self.average}"
        return averaged + (self.teaching.identity if self.teaching else "")


PLAIN = Regimen()
