"""How often a network is right on corrupted inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from fitness.data.resident import AnyExamples, resident
from fitness.data.split import Split
from fitness.metric import Metric
from fitness.target import Array, Target
from fitness.training.loop import measure, readable
from fitness.training.numerics import Numerics
from genomes.networks.network import Network


@dataclass(frozen=True)
class CorruptedExamples:
    """Versions of the same examples on the device, and their targets as they are stored."""

    versions: tuple[AnyExamples, ...]
    truth: Array

    @classmethod
    def of(cls, splits: Sequence[Split], target: Target, device: str) -> CorruptedExamples:
        """Copy splits that differ in their inputs alone to the device."""
        return cls(tuple(resident(split, target, device) for split in splits), splits[0].y)

    def accuracy(self, network: Network, numerics: Numerics) -> float:
        """Return the mean over versions of the share of examples that a network has right."""
        metric = Metric.load("accuracy")
        outputs = [(measure(network, one, numerics)[1], one) for one in self.versions]
        return fmean(metric.value(readable(found, one), self.truth) for found, one in outputs)
