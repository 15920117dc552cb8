"""What was understood of a task's data: for people to see before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fitness.data.duplicates import Duplicates, find_duplicates
from fitness.data.task import Task


@dataclass(frozen=True)
class DataFacts:
    """Shape and type of one input, examples by split, classes, their balance, duplicates, notes.

    `largest` and `smallest` are a class' name and its share of train; `trivial_accuracy` is that
    of always answering the largest, on validation data.
    """

    shape: tuple[int, ...]
    type: str
    examples: Mapping[str, int]
    classes: int
    largest: tuple[str, float]
    smallest: tuple[str, float]
    trivial_accuracy: float
    duplicates: Duplicates
    notes: tuple[str, ...]

    @classmethod
    def of(cls, task: Task) -> DataFacts:
        """Gather facts about a task's data, test data too; they decide nothing."""
        splits = {"train": task.train, "validation": task.validation, "test": task.test}
        shares = np.bincount(task.train.y, minlength=task.classes) / len(task.train)
        names = task.labels or tuple(map(str, range(task.classes)))
        large, small = int(shares.argmax()), int(shares.argmin())
        return cls(
            shape=task.input_shape,
            type=str(task.train.x.dtype),
            examples={name: len(split) for name, split in splits.items()},
            classes=task.classes,
            largest=(names[large], float(shares[large])),
            smallest=(names[small], float(shares[small])),
            trivial_accuracy=float(np.mean(task.validation.y == large)),
            duplicates=find_duplicates(
                {name: split.x for name, split in splits.items()},
                {name: split.y for name, split in splits.items()},
            ),
            notes=task.notes,
        )
