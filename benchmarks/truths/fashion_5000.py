"""Five thousand training images of Fashion-MNIST; a task by its name as a user's is."""

from __future__ import annotations

from benchmarks.efficiency.fashion_subset import subset
from fitness.data.task import Task

SEED = 20_261_130
TRAIN, VALIDATION, TEST = 5_000, 1_000, 1_000  # images, each class as often as any other


def make_task() -> Task:
    """Return the subset; raises FileNotFoundError if the files are found nowhere."""
    return subset("fashion-5000", (TRAIN, VALIDATION, TEST), SEED)
