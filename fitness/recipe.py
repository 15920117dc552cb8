"""How a network is trained, read from the training chromosome: optimizer and schedule."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from fitness.flat import FlatParameters
from genomes.gene import Record

MOMENTUM = 0.9
WARM_UP = 0.05  # share of all steps over which every schedule rises from near zero
ONE_CYCLE_WARM_UP = 0.3
FINAL_EXPONENTIAL = 0.01  # share of the learning rate left at the end

Schedule = Callable[[float], float]
Groups = list[dict[str, Any]]


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
    """The training chromosome's values, by their names there."""

    optimizer: str
    learning_rate: float
    weight_decay: float
    schedule: str
    batch_size: int
    initialisation: str
    label_smoothing: float
    augmentation: str

    def __post_init__(self) -> None:
        for name, allowed in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
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
        decay, warm_up = SCHEDULES[self.schedule]
        if progress < warm_up:
            return self.peak_learning_rate * (0.01 + 0.99 * progress / warm_up)
        return self.peak_learning_rate * decay((progress - warm_up) / (1.0 - warm_up))

    @property
    def peak_learning_rate(self) -> float:
        """The learning rate at the end of the warm-up, in the optimizer's own scale."""
        return self.learning_rate * OPTIMIZERS[self.optimizer][1]

    def make_optimizer(self, parameters: FlatParameters) -> torch.optim.Optimizer:
        """Return a fused optimizer over the flat parameters; vectors do not decay."""
        parts = (parameters.decayed, self.weight_decay), (parameters.plain, 0.0)
        groups: Groups = [{"params": [part], "weight_decay": decay} for part, decay in parts]
        groups = [group for group in groups if group["params"][0].numel()]
        return OPTIMIZERS[self.optimizer][0](groups, self.peak_learning_rate)


def _sgd(groups: Groups, learning_rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=learning_rate, momentum=MOMENTUM, nesterov=True, fused=True)


def _adamw(groups: Groups, learning_rate: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


# The genes' learning rate is one for SGD with momentum; AdamW takes a tenth of it.
OPTIMIZERS: dict[str, tuple[Callable[[Groups, float], torch.optim.Optimizer], float]] = {
    "sgd": (_sgd, 1.0),
    "adamw": (_adamw, 0.1),
}
