"""How a network is trained, read from the training chromosome: optimizer and schedules."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from fitness.training.flat import FlatParameters
from fitness.training.optimizers import OPTIMIZERS, Groups
from fitness.training.schedule import BasisSchedule
from genomes.chromosomes.training_genes import BACKPROPAGATION, BRED, CREDITS
from genomes.genes.gene import Record
from genomes.networks.initialisation import Start

WARM_UP = 0.05  # share of all steps over which every schedule but a bred one rises from near zero
ONE_CYCLE_WARM_UP = 0.3
FINAL_EXPONENTIAL = 0.01  # share of the learning rate left at the end
SMALLEST_BATCH = 8  # halving goes no further
STRENGTHS = ("weight_decay", "dropout", "augmentation")  # what a schedule may multiply

Schedule = Callable[[float], float]
Terms = tuple[Record, ...]


def _cosine(progress: float) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def _step(progress: float) -> float:
    return 0.1 ** ((progress >= 0.5) + (progress >= 0.75))  # He et al. (2015)


def _exponential(progress: float) -> float:
    return float(FINAL_EXPONENTIAL**progress)


SCHEDULES: dict[str, tuple[Schedule, float]] = {  # decay over what follows the warm-up; warm-up
    "cosine": (_cosine, WARM_UP),  # Loshchilov & Hutter (2017)
    "one-cycle": (_cosine, ONE_CYCLE_WARM_UP),  # Smith & Topin (2018)
    "step": (_step, WARM_UP),
    "exponential": (_exponential, WARM_UP),
}


@dataclass(frozen=True)
class Recipe:
    """The training chromosome's values, by their names there; what has a default is off."""

    optimizer: str
    learning_rate: float
    weight_decay: float
    schedule: str
    batch_size: int
    initialisation: str
    label_smoothing: float
    augmentation: str
    schedule_course: Terms | None = None
    batch_halvings: int = 0
    batch_course: Terms | None = None
    weight_decay_course: Terms = ()
    dropout_course: Terms = ()
    augmentation_course: Terms | None = None
    initial_weights: Record | None = None
    teaching: bool = False
    teaching_temperature: float | None = None
    teaching_weight: float | None = None
    token_replacement: float = 0.0
    embedding_noise: float = 0.0
    credit: str = BACKPROPAGATION

    def __post_init__(self) -> None:
        choices = {"optimizer": OPTIMIZERS, "schedule": (*SCHEDULES, BRED), "credit": CREDITS}
        for name, allowed in choices.items():
            if (received := getattr(self, name)) not in allowed:
                raise ValueError(
                    f"received {name} {received!r}, expected one of {', '.join(allowed)}"
                )

    @classmethod
    def from_genes(cls, values: Record) -> Recipe:
        """Read the chromosome `training`."""
        return cls(**values)

    def learning_rate_at(self, progress: float) -> float:
        """Return the learning rate after a share `progress` of all steps of the adult training."""
        if self.schedule == BRED:
            return self.peak_learning_rate * self._schedules["schedule"].at(progress)
        decay, warm_up = SCHEDULES[self.schedule]
        if progress < warm_up:
            return self.peak_learning_rate * (0.01 + 0.99 * progress / warm_up)
        return self.peak_learning_rate * decay((progress - warm_up) / (1.0 - warm_up))

    def batch_size_at(self, progress: float) -> int:
        """Return the batch size after a share of training: halved the oftener the lower it is."""
        level = self._schedules["batch"].at(progress)
        halved = self.batch_size >> round(self.batch_halvings * (1.0 - level))
        return max(halved, min(self.batch_size, SMALLEST_BATCH))

    def strengths_at(self, progress: float) -> dict[str, float]:
        """Return what weight decay, dropout, augmentation are multiplied by, of those that vary.

        From 0 to 1, by the names `weight_decay`, `dropout`, `augmentation`.
        """
        schedules = ((name, self._schedules[name]) for name in STRENGTHS)
        return {name: schedule.at(progress) for name, schedule in schedules if schedule.varies}

    @property
    def starts(self) -> str | dict[str, Start]:
        """How weights start: one scheme for all, or a start by kind of layer."""
        if self.initial_weights is None:
            return self.initialisation
        return {kind: Start(**genes) for kind, genes in self.initial_weights.items()}

    @property
    def peak_learning_rate(self) -> float:
        """The learning rate at the end of the warm-up, in the optimizer's own scale."""
        return self.learning_rate * OPTIMIZERS[self.optimizer][1]

    def make_optimizer(self, parameters: FlatParameters) -> torch.optim.Optimizer:
        """Return an optimizer over the flat parameters, fused where torch has it so.

        Vectors do not decay.
        """
        parts = (parameters.decayed, self.weight_decay), (parameters.plain, 0.0)
        groups: Groups = [{"params": [part], "weight_decay": decay} for part, decay in parts]
        groups = [group for group in groups if group["params"][0].numel()]
        return OPTIMIZERS[self.optimizer][0](groups, self.peak_learning_rate)

    @cached_property
    def _schedules(self) -> dict[str, BasisSchedule]:
        names = ("schedule", "batch", *STRENGTHS)
        return {name: BasisSchedule.from_genes(getattr(self, f"{name}_course")) for name in names}
