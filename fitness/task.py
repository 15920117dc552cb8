"""What a task is: arrays in three fixed splits, and the search settings that suit them.

A task is plain numpy, free of torch, so the driver and the tests can look at it cheaply.
"""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genomes.registry import Registry

TASKS = Registry("task", "fitness.tasks")


@dataclass(frozen=True)
class Split:
    """Inputs (N, channels, height, width) or (N, features), uint8 or float32; labels (N,) int64."""

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or not len(self.x):
            raise ValueError(f"received {len(self.x)} inputs and {len(self.y)} labels")

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class SearchDefaults:
    """Settings of a run where the user gives none; each task states its own, by measurement.

    `sons` and `daughters` are births per generation; `promoted_share` of the juveniles grows up,
    `audit_share` of the rejected does too; `max_flops` bounds one forward pass of one example
    (multiply-adds count two), `max_parameters` the dense parameters.
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
    max_flops: float = 4e6
    max_parameters: float = 5e4
    batch_sizes: tuple[int, ...] = (32, 64, 128)
    max_minutes: float | None = None


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

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example: (channels, height, width) or (features,)."""
        return tuple(self.train.x.shape[1:])

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
        for plugin in self.plugins:
            importlib.import_module(plugin)
        directory = Path(self.data_dir) if self.data_dir else None
        if self.name.startswith("npz:"):
            from fitness.npz_task import load_npz

            return load_npz(Path(self.name.removeprefix("npz:")))
        if ":" in self.name:
            from fitness.user_task import load_user_task

            return load_user_task(self.name)
        task: Task = TASKS.load(self.name).load(directory)
        return task
