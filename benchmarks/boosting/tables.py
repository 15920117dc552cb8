"""The tables that are compared on, and how each is cut again by a seed.

Which ones was fixed before anything was measured: scikit-learn's three, and of R's mlbench Ozone
(values, numbers missing), PimaIndiansDiabetes2 (two classes, numbers missing) and Vehicle (four
classes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from fitness.data.options import DataOptions
from fitness.data.splitting.duplicates import first_alike
from fitness.data.splitting.splits import grouped_parts
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import table_task
from fitness.data.task import Split, Task
from fitness.tasks import breast_cancer, diabetes, wine

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.16
MLBENCH = {  # what is learnt; ozone is in whole numbers, which might be classes
    "Ozone": DataOptions(target=("V4",), target_kind="values"),
    "PimaIndiansDiabetes2": DataOptions(target=("diabetes",)),
    "Vehicle": DataOptions(target=("Class",)),
}


def tables(mlbench: Path) -> Mapping[str, Callable[[], Task]]:
    """Return the makers of all tasks by name; `mlbench` is the folder of its .rda files."""
    of_r = {name: partial(from_r, mlbench, name, options) for name, options in MLBENCH.items()}
    embedded = {"diabetes": diabetes.load, "wine": wine.load, "breast-cancer": breast_cancer.load}
    return {**embedded, **of_r}


def from_r(folder: Path, name: str, options: DataOptions) -> Task:
    """Return the task of a data frame of R; factors are categories."""
    import pyreadr

    frame = pyreadr.read_r(folder / f"{name}.rda")[name]
    for column in frame.columns:
        if frame[column].dtype.name in ("category", "object", "str"):
            texts = frame[column].astype(object)
            frame[column] = texts.where(texts.notna(), None)
    return table_task(Raw(frame), name, f"mlbench's {name}", options)


def cut_again(task: Task, seed: int) -> Task:
    """Return the task with all its rows cut anew into 64 % train, 16 % validation, 20 % test.

    Stratified as ever; exact duplicates stay together.
    """
    whole = [task.train, task.validation, task.test]
    x, y = (np.concatenate([part(split) for split in whole]) for part in (_inputs, _targets))
    sizes = round(TEST_SHARE * len(y)), round(VALIDATION_SHARE * len(y))
    test, validation, train = grouped_parts(task.target.strata(y), first_alike(x), sizes, seed)
    parts = {"train": train, "validation": validation, "test": test}
    splits = {name: Split(x[part], y[part], kind=task.train.kind) for name, part in parts.items()}
    return replace(task, name=f"{task.name}-{seed}", **splits)


def _inputs(split: Split) -> Any:
    return split.array


def _targets(split: Split) -> Any:
    return split.y
