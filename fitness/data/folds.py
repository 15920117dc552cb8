"""Folds of the training split, each of which takes the place of the validation split once.

A network was chosen by its validation accuracy, so that figure flatters. Trained anew without a
fold of the training split and measured on that fold, it is measured on examples that had no part
in the choice. The validation split joins the training, so as many examples are learnt from.
"""

from __future__ import annotations

import math

import numpy as np

from fitness.data.splitting.splits import stratified_order
from fitness.data.task import Split, Task

SEED = 1  # of the order that is cut into folds
FEWEST, MOST = 2, 5
ENOUGH = 10_000  # examples, after which another fold would tell little: 0.3 points at 90 %


def fold_sizes(task: Task) -> list[int]:
    """Return the examples of each fold that is worth a training; fold 1 is the first."""
    count = _count(task)
    sizes = [len(part) for part in np.array_split(np.arange(len(task.train)), count)]
    enough = max(FEWEST, math.ceil(ENOUGH / sizes[0]))
    return sizes[:enough]


def fold_splits(task: Task, fold: int) -> tuple[Split, Split]:
    """Return what to train on and what to measure on, for a fold counted from 1.

    Every fold has the shares of the target's strata, and of the metric's groups; the normalisation
    stays that of the whole training split.
    """
    count = _count(task)
    if not 1 <= fold <= count:
        raise ValueError(f"received fold {fold}, expected 1 to {count}")
    train, validation = task.train, task.validation
    order = stratified_order(task.target.strata(train.y), SEED, train.groups)
    held = np.sort(np.array_split(order, count)[fold - 1])
    rest = np.setdiff1d(np.arange(len(train)), held)
    return train.chosen(rest).joined(validation), train.chosen(held)


def _count(task: Task) -> int:
    """Return how many folds are about as large as the validation split, within bounds."""
    count = round(len(task.train) / len(task.validation))
    return min(max(count, FEWEST), MOST, len(task.train))
