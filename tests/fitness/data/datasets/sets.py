"""Map-style datasets for tests: the pictures of `tests.fitness.tiny`, still or random."""

import numpy as np
import torch
from torch.utils.data import Dataset

from fitness.data.task import Task
from tests.fitness.tiny import make_task


class Pictures(Dataset):
    """Pairs of a picture and a class; `shaken` adds random noise from torch's generator."""

    def __init__(self, split: str = "train", *, shaken: bool = False) -> None:
        self.split, self.shaken = getattr(make_task(), split), shaken
        self.read: list[int] = []

    def __len__(self) -> int:
        return len(self.split)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        self.read.append(index)
        x = torch.from_numpy(self.split.x[index].copy())
        if self.shaken:
            x = x.float() + torch.rand(x.shape)
        return x, int(self.split.y[index])


class Own(Pictures):
    """Random numbers of a generator that no seed reaches."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = np.random.default_rng()

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        x, y = super().__getitem__(index)
        return x.float() + float(self.generator.random()), y


def parts(**options: bool) -> tuple[Pictures, Pictures, Pictures]:
    return Pictures("train", **options), Pictures("validation"), Pictures("test")


def streamed_task() -> Task:
    """The tiny task, streamed by one process."""
    return Task.from_datasets(*parts(), augmentations=("none", "shift"), resident_bytes=0)


def unpicklable_task() -> Task:
    """A streamed task that cannot travel: its dataset holds a function without a name."""
    train = Pictures("train")
    train.transform = lambda x: x
    return Task.from_datasets(train, *parts()[1:], resident_bytes=0, workers=0)


def shaken_task() -> Task:
    """The tiny task with noise, which is streamed therefore."""
    return Task.from_datasets(
        Pictures("train", shaken=True),
        Pictures("validation", shaken=True),
        Pictures("test", shaken=True),
        workers=1,
    )
