"""What a task is: arrays in three fixed splits, and the search settings that suit them.

A task is plain numpy, free of torch, so the driver and the tests can look at it cheaply.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.plugins import import_plugins
from genomes.registry import Registry

TASKS = Registry("task", "fitness.tasks")
INPUT_TYPES = (np.uint8, np.float32)
SMALLEST_BATCH = 2  # examples in a step of training


@dataclass(frozen=True)
class Split:
    """Inputs (N, channels, height, width) or (N, features), uint8 or float32; labels int64."""

    x: npt.NDArray[Any]
    y: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(f"received {len(self.x)} inputs and {len(self.y)} labels")
        if self.x.ndim not in (2, 4) or self.x.size == 0 or self.x.dtype not in INPUT_TYPES:
            raise ValueError(
                f"received inputs of shape {self.x.shape} and type {self.x.dtype}, expected "
                "(N, features) or (N, channels, height, width), uint8 or float32"
            )
        if self.y.ndim != 1 or self.y.dtype != np.int64 or self.y.min() < 0:
            raise ValueError(
                f"received labels of shape {self.y.shape}, type {self.y.dtype}, least "
                f"{self.y.min()}; expected (N,) int64 from 0"
            )
        if self.x.dtype != np.uint8 and not np.isfinite(self.x).all():
            bad = int(np.count_nonzero(~np.isfinite(self.x)))
            raise ValueError(f"received {bad} inputs that are NaN or infinite; fill or drop them")

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class SearchDefaults:
    """Settings of a run where the user gives none; each task states its own, by measurement.

    `sons` and `daughters` are births per generation; `promoted_share` of the juveniles grows up,
    `audit_share` of the rejected does too; `max_flops` bounds one forward pass of one example
    (multiply-adds count two), `max_parameters` the dense parameters, `max_activations` the numbers
    kept of one example for the backward pass: memory, and on a CPU more of the time than FLOPs.
    Limits that are None grow with the size of an example, see `Task.limits`.
    """

    family: str = "cnn"
    generations: int = 50
    population: int = 16
    females: int = 12
    sons: int = 12
    daughters: int = 6
    brood: int = 10
    promoted_share: float = 0.25
    audit_share: float = 0.05
    juvenile_epochs: int = 4
    adult_epochs: int = 24
    max_flops: float | None = None
    max_activations: float | None = None
    max_parameters: float | None = None
    batch_sizes: tuple[int, ...] = (32, 64, 128)
    max_minutes: float | None = None
    reference_accuracy: float | None = None  # what is worse counts nothing; None means guessing

    def __post_init__(self) -> None:
        if not self.batch_sizes or min(self.batch_sizes) < SMALLEST_BATCH:
            raise ValueError(
                f"received batch sizes {self.batch_sizes}, expected at least {SMALLEST_BATCH}: a "
                "batch of one has no statistics to normalise by"
            )


@dataclass(frozen=True)
class SizeLimits:
    """What a network may take: FLOPs and activations of one example, dense parameters."""

    max_flops: float
    max_activations: float
    max_parameters: float


USUAL = SizeLimits(max_flops=4e6, max_activations=2e5, max_parameters=5e4)
USUAL_SIZE = 28 * 28  # pixels or features, up to which the usual limits hold


@dataclass(frozen=True)
class Task:
    """A classification task. `augmentations` lists those that leave a label true."""

    name: str
    description: str
    classes: int
    train: Split
    validation: Split
    test: Split
    augmentations: tuple[str, ...] = ("none",)
    defaults: SearchDefaults = SearchDefaults()
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ValueError(f"received {self.classes} classes, expected at least 2")
        if self.labels and len(self.labels) != self.classes:
            raise ValueError(f"received {len(self.labels)} labels for {self.classes} classes")
        absent = sorted(set(range(self.classes)) - set(np.unique(self.train.y).tolist()))
        if absent:
            raise ValueError(f"classes {absent[:10]} of 0..{self.classes - 1} are not in train")
        for name, split in (("validation", self.validation), ("test", self.test)):
            if split.x.shape[1:] != self.train.x.shape[1:] or split.x.dtype != self.train.x.dtype:
                raise ValueError(
                    f"{name} inputs have shape {split.x.shape[1:]} and type {split.x.dtype}, "
                    f"those of train {self.train.x.shape[1:]} and {self.train.x.dtype}"
                )
            if split.y.max() >= self.classes:
                raise ValueError(
                    f"{name} has label {split.y.max()}, expected 0..{self.classes - 1}"
                )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example: (channels, height, width) or (features,)."""
        return tuple(self.train.x.shape[1:])

    @property
    def limits(self) -> SizeLimits:
        """What the task's defaults state; else what leaves larger inputs as much choice.

        FLOPs and activations grow with the pixels of an image, and parameters too with features.
        """
        shape, stated = self.input_shape, self.defaults
        is_image = len(shape) == 3
        growth = max(1.0, math.prod(shape[-2:]) / USUAL_SIZE)
        wide = 1.0 if is_image else growth
        return SizeLimits(
            stated.max_flops or growth * USUAL.max_flops,
            stated.max_activations or growth * USUAL.max_activations,
            stated.max_parameters or wide * USUAL.max_parameters,
        )

    def fingerprint(self) -> str:
        """Hash shapes and contents of all splits (SHA-256, 16 digits); the same data, the same."""
        state = hashlib.sha256(f"{self.name}/{self.classes}".encode())
        for split in (self.train, self.validation, self.test):
            for array in (split.x, split.y):
                state.update(f"{array.shape}{array.dtype}".encode())
                state.update(np.ascontiguousarray(array).tobytes())
        return state.hexdigest()[:16]


@dataclass(frozen=True)
class TaskReference:
    """How to load a task anywhere: its name as the user typed it, and where its data lies."""

    name: str
    data_dir: str | None = None
    plugins: tuple[str, ...] = ()

    def load(self) -> Task:
        """Load the task; raise ValueError or FileNotFoundError with what to do about it.

        A name is a registered one, `npz:FILE`, or `package.module:make_task` (a function without
        arguments that returns a `Task`).
        """
        import_plugins(self.plugins)
        directory = Path(self.data_dir).expanduser() if self.data_dir else None
        if self.name.startswith("npz:"):
            from fitness.npz_task import load_npz

            file = Path(self.name.removeprefix("npz:")).expanduser()
            if directory is not None and not file.exists():  # another machine's path
                file = directory / file.name
            return load_npz(file)
        if ":" in self.name:
            from fitness.user_task import load_user_task

            return load_user_task(self.name)
        task: Task = TASKS.load(self.name).load(directory)
        return task
