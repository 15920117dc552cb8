"""The training chromosome: optimizer, schedule, batch, initialisation, regularisation."""

from __future__ import annotations

from collections.abc import Sequence

from genomes.gene import Choice, Real, Struct

OPTIMIZERS = ("sgd", "adamw")
SCHEDULES = ("cosine", "one-cycle", "step", "exponential")
TEXTBOOK = {
    "optimizer": "sgd", "learning_rate": 0.06, "weight_decay": 5e-4, "schedule": "one-cycle",
    "initialisation": "kaiming", "label_smoothing": 0.05, "augmentation": "none",
}  # fmt: skip
INITIALISATIONS = ("kaiming", "xavier", "orthogonal", "scaled-normal")


def genes(batch_sizes: Sequence[int], augmentations: Sequence[str]) -> Struct:
    """Return the genes of the chromosome.

    `learning_rate` is meant for SGD with Nesterov momentum 0.9; AdamW takes a tenth of it, and
    `weight_decay` decoupled.
    """
    return Struct(
        {
            "optimizer": Choice(OPTIMIZERS),
            "learning_rate": Real(5e-3, 3e-1, log=True),
            "weight_decay": Real(1e-6, 1e-2, log=True),
            "schedule": Choice(SCHEDULES),
            "batch_size": Choice(tuple(batch_sizes)),
            "initialisation": Choice(INITIALISATIONS),
            "label_smoothing": Real(0.0, 0.2),
            "augmentation": Choice(tuple(augmentations)),
        }
    )
