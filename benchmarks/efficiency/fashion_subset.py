"""A small fixed part of Fashion-MNIST, to train hundreds of networks on; of this benchmark alone.

It is a task by the name `benchmarks.efficiency.fashion_subset:make_task`, so that evo loads it as
it loads a user's. Test images are official test images.
"""

from __future__ import annotations

from dataclasses import replace

from fitness.data.splitting.splits import stratified_parts
from fitness.data.task import Split, Task
from fitness.tasks import fashion_mnist

SEED = 20_260_101
TRAIN, VALIDATION, TEST = 1_000, 1_000, 1_000  # images, each class as often as any other


def make_task() -> Task:
    """Return the subset; raises FileNotFoundError if the files are found nowhere."""
    return subset("fashion-mnist-subset", (TRAIN, VALIDATION, TEST), SEED)


def subset(name: str, sizes: tuple[int, int, int], seed: int) -> Task:
    """Return so many images of train, validation and test, in the order of the whole.

    The files are found as evo does; FileNotFoundError if they can neither be found nor downloaded.
    """
    whole = fashion_mnist.load()
    return replace(
        whole,
        name=name,
        description=f"{sizes[0]:,} training images of Fashion-MNIST",
        train=_part(whole.train, sizes[0], seed),
        validation=_part(whole.validation, sizes[1], seed),
        test=_part(whole.test, sizes[2], seed),
    )


def _part(split: Split, size: int, seed: int) -> Split:
    chosen, _ = stratified_parts(split.y, (size,), seed)
    return Split(split.x[chosen], split.y[chosen])
