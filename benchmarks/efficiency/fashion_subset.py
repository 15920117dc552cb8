"""A small fixed part of Fashion-MNIST, to train hundreds of networks on; of this benchmark alone.

It is a task by the name `benchmarks.efficiency.fashion_subset:make_task`, so that evo loads it as
it loads a user's. Test images are official test images.
"""

from __future__ import annotations

from dataclasses import replace

from fitness.data.splits import stratified_parts
from fitness.data.task import Split, Task
from fitness.tasks import fashion_mnist

SEED = 20_260_101
TRAIN, VALIDATION, TEST = 1_000, 1_000, 1_000  # images, each class as often as any other


def make_task() -> Task:
    """Return the subset, its images in the order of the whole; the files are found as evo does.

    Raises FileNotFoundError if they are neither found nor can be downloaded.
    """
    whole = fashion_mnist.load()
    return replace(
        whole,
        name="fashion-mnist-subset",
        description=f"{TRAIN:,} training images of Fashion-MNIST",
        train=_part(whole.train, TRAIN),
        validation=_part(whole.validation, VALIDATION),
        test=_part(whole.test, TEST),
    )


def _part(split: Split, size: int) -> Split:
    chosen, _ = stratified_parts(split.y, (size,), SEED)
    return Split(split.x[chosen], split.y[chosen])
