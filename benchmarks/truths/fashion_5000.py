"""Five thousand training images of Fashion-MNIST; a task by its name as a user's is."""

from __future__ import annotations

from dataclasses import replace

from fitness.data.splits import stratified_parts
from fitness.data.task import Split, Task
from fitness.tasks import fashion_mnist

SEED = 20_261_130
TRAIN, VALIDATION, TEST = 5_000, 1_000, 1_000  # images, each class as often as any other


def make_task() -> Task:
    """Return the subset, its images in the order of the whole; the files are found as evo does."""
    whole = fashion_mnist.load()
    return replace(
        whole,
        name="fashion-5000",
        description=f"{TRAIN:,} training images of Fashion-MNIST",
        train=_part(whole.train, TRAIN),
        validation=_part(whole.validation, VALIDATION),
        test=_part(whole.test, TEST),
    )


def _part(split: Split, size: int) -> Split:
    chosen, _ = stratified_parts(split.y, (size,), SEED)
    return Split(split.x[chosen], split.y[chosen])
