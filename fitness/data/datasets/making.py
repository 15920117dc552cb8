"""Makes a task of PyTorch's datasets: small ones are held in memory, large ones streamed.

What a dataset returns at random (crops, jitter) is streamed, too, whatever its size: held, it
would be the same in every epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, IterableDataset, Subset, default_collate

from fitness.data.arrays import UnusableData
from fitness.data.datasets.source import DatasetSource
from fitness.data.recognise import stated_target
from fitness.data.streaming.inputs import HELD_BYTES, STILL, Streamed
from fitness.data.streaming.loading import ChunkLoader
from fitness.data.task import SearchDefaults, Split, Task
from fitness.target import Target

Array = npt.NDArray[Any]
LOOKED_AT = 8  # examples of each dataset that are read twice
WORKERS_ON_GPU, WORKERS_ON_CPU = 4, 1  # reading processes of each trainer, unless they are said
CHUNK = 256  # examples read at a time where all are
TURNED = (
    "the datasets' images have their channels last: they are turned; networks that are handed "
    "over expect the channels first"
)


@dataclass(frozen=True)
class Wishes:
    """What may be said of datasets: bytes to hold, reading processes, kind of inputs."""

    resident_bytes: int = HELD_BYTES
    workers: int | None = None
    kind: str = "arrays"


def make_task(
    datasets: dict[str, Any],
    *,
    name: str,
    description: str,
    target: Target | None,
    augmentations: Iterable[str],
    defaults: SearchDefaults,
    wishes: Wishes,
) -> Task:
    """Return the task of three datasets by split; see `Task.from_datasets`."""
    opened = {split: _opened(given, split, wishes) for split, given in datasets.items()}
    looked = {split: _looked(source) for split, (source, _, _) in opened.items()}
    streams = _streams(looked, wishes)
    notes = tuple(note for _, _, of_loader in opened.values() for note in of_loader)
    splits = {}
    for split, (source, workers, _) in opened.items():
        example = looked[split]
        source = replace(source, shape=example.x.shape, is_random=example.is_random)
        inputs = Streamed.of(source, example.x.shape, example.x.dtype, workers)
        splits[split] = _split(inputs, source, streams, wishes.kind)
    if target is None:
        target = stated_target(None, splits["train"].y)
    return Task(
        name=name,
        description=description or f"{sum(map(len, splits.values())):,} examples of datasets",
        target=target,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        augmentations=tuple(augmentations),
        defaults=defaults,
        notes=(*notes, *_said(opened, looked, streams, wishes)),
    )


@dataclass(frozen=True)
class _Look:
    """What some examples of a dataset show: one input, the number of all, if they are random."""

    x: Array
    count: int
    is_random: bool
    turned: bool  # whether the dataset has the channels last

    @property
    def whole_bytes(self) -> int:
        return self.count * self.x.nbytes


Opened = tuple[DatasetSource, int, tuple[str, ...]]


def _opened(given: Any, split: str, wishes: Wishes) -> Opened:
    """Return a dataset or that of a loader, reading processes, notes."""
    on_gpu = torch.cuda.is_available()
    workers = wishes.workers
    notes: tuple[str, ...] = ()
    if isinstance(given, DataLoader):
        if given.collate_fn is not default_collate:
            raise UnusableData(
                f"the loader of {split} has a collate_fn of its own, which is not called: "
                "examples are read one by one. Do in the dataset what it does"
            )
        workers = given.num_workers if workers is None else workers
        notes = ("of DataLoaders datasets and num_workers count: batches and order are bred",)
        given = given.dataset
    if isinstance(given, IterableDataset) or not hasattr(given, "__getitem__"):
        raise UnusableData(
            f"received {split} as {type(given).__name__}, expected a map-style dataset, with "
            "__getitem__ and __len__: examples are asked for by index"
        )
    if not len(given):
        raise UnusableData(f"the dataset of {split} is empty")
    if workers is None:
        workers = WORKERS_ON_GPU if on_gpu else WORKERS_ON_CPU
    return DatasetSource(given, split, wishes.kind), workers, notes


def _looked(source: DatasetSource) -> _Look:
    """Read some examples twice; raises UnusableData where a seed does not make them the same."""
    places = np.unique(np.linspace(0, len(source) - 1, LOOKED_AT).astype(int)).tolist()
    first, _ = source.look(0)
    checked = replace(source, shape=first.shape, is_random=True)
    is_random = False
    for place in places:
        one, other, again = (checked.read(place, seed) for seed in (STILL, STILL + 1, STILL))
        if not (_equal(one[0], again[0]) and _equal(one[1], other[1])):
            raise UnusableData(
                f"example {place} of {source.name} differs when it is read twice with the same "
                "seeds of random, numpy and torch. The same seed has to give the same run: draw "
                "random numbers from these, not from a generator that the dataset keeps"
            )
        is_random |= not _equal(one[0], other[0])
    given = np.shape(source.dataset[0][0])
    turned = len(given) == 3 and given[-1] == first.shape[0] != given[0]
    return _Look(first, len(source), is_random, turned)


def _equal(one: Any, other: Any) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


def _streams(looked: dict[str, _Look], wishes: Wishes) -> bool:
    """Tell whether data are streamed: too large, or train is random."""
    whole = sum(look.whole_bytes for look in looked.values())
    return whole > wishes.resident_bytes or looked["train"].is_random


def _split(inputs: Streamed, source: DatasetSource, streams: bool, kind: str) -> Split:
    if streams:
        stated = _stated_targets(source)
        return Split(inputs, _all_targets(inputs) if stated is None else stated, kind=kind)
    x = np.empty(inputs.shape, dtype=inputs.dtype)
    targets: list[Array] = []
    start = 0
    for chunk, y in ChunkLoader(inputs).in_order(CHUNK):
        x[start : start + len(chunk)] = chunk.numpy()
        targets.append(y)
        start += len(chunk)
    return Split(x, np.concatenate(targets), kind=kind)


def _all_targets(inputs: Streamed) -> Array:
    return np.concatenate([y for _, y in ChunkLoader(inputs).in_order(CHUNK)])


def _stated_targets(source: DatasetSource) -> Array | None:
    """Return the targets that a dataset keeps in `targets`, if these are what it returns."""
    dataset, places = source.dataset, np.arange(len(source))
    while isinstance(dataset, Subset):
        places = np.asarray(dataset.indices)[places]
        dataset = dataset.dataset
    kept = getattr(dataset, "targets", None)
    if kept is None or getattr(dataset, "target_transform", None) is not None:
        return None
    targets = np.asarray(kept)
    if len(targets) != len(dataset) or targets.dtype.kind not in "biufU":
        return None
    targets = targets[places]
    some = np.unique(np.linspace(0, len(source) - 1, LOOKED_AT).astype(int)).tolist()
    agree = all(_equal(source.read(place, STILL)[1], targets[place]) for place in some)
    return targets if agree else None


def _said(
    opened: dict[str, Opened], looked: dict[str, _Look], streams: bool, wishes: Wishes
) -> tuple[str, ...]:
    first = looked["train"]
    notes = [TURNED] if first.turned else []
    size = sum(look.whole_bytes for look in looked.values()) / 1e6
    limit = f"limit {wishes.resident_bytes / 1e6:,.0f} MB, resident_bytes"
    if not streams:
        return (*notes, f"the datasets' inputs are held in memory: {size:,.1f} MB ({limit})")
    workers = opened["train"][1]
    why = f"{size:,.1f} MB would be too much to hold ({limit})"
    if first.is_random:
        why = "what train returns is random, from seeds of the run"
    still = [split for split, look in looked.items() if split != "train" and look.is_random]
    notes += [
        f"the datasets are streamed by {workers} reading processes a worker: {why}",
        "of streamed data, duplicates are not looked for; normalisation is fitted on a sample of "
        "train; they are known again by lengths, targets and some examples",
    ]
    if still:
        notes.append(f"what {', '.join(still)} return is random; it is the same in every epoch")
    return tuple(notes)
