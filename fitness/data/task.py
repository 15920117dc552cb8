"""What a task is: arrays in three fixed splits, what its targets mean, search settings that suit.

A task is plain numpy, free of torch, so the driver and the tests can look at it cheaply.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import TABLE, UnusableData
from fitness.data.inputs.picture_form import Form
from fitness.data.inputs.table_column import Column, check_columns
from fitness.data.metric_groups import described, numbered
from fitness.data.options import INFERRED, DataOptions
from fitness.data.split import Split, set_fields, unique
from fitness.data.streaming.inputs import HELD_BYTES, Inputs, Streamed
from fitness.data.together import alike, check_tokens
from fitness.stages import check_stages
from fitness.target import Adopted, Target
from genomes.graph.given.network import GivenNetwork

__all__ = ["SearchDefaults", "SizeLimits", "Split", "Task"]

SMALLEST_BATCH = 2  # examples in a step of training


@dataclass(frozen=True)
class SearchDefaults:
    """Settings of a run where the user gives none; each task states its own, by measurement.

    `sons` and `daughters` are births per generation. `stages` are epochs: after all but the last a
    decision falls; `promoted_share` of the juveniles grows up in the end, `audit_share` of the
    rejected does too. `max_flops` bounds one forward pass of one example
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
    stages: tuple[int, ...] = (4, 24)
    max_flops: float | None = None
    max_activations: float | None = None
    max_parameters: float | None = None
    batch_sizes: tuple[int, ...] = (32, 64, 128)
    max_minutes: float | None = None
    reference: float | None = None  # of the target's own metric: what is worse counts nothing

    def __post_init__(self) -> None:
        check_stages(self.stages)
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
USUAL_SIZE = 28 * 28  # pixels, numbers of a signal or features, up to which the usual limits hold


@dataclass(frozen=True)
class Task:
    """Data in three splits and what they mean; `augmentations` that leave the targets true.

    The splits hold the targets as `target` stores them, and `target` what it found in train. Of a
    table, `columns` say what the inputs are: numbers first, then categories; of picture files,
    `pictures` says how one becomes an input.
    Where inputs (N, length) are tokens, whole numbers from 0, `tokens` says how many there are.
    `epoch_examples` are drawn anew for each epoch of training; None: an epoch has all of train.
    Where splits have groups of the metric, they are numbers from now on, and `group_names` theirs.
    `inferred` says what other data have to be told to become alike. `given` is the network that
    is given beside the data, to be made smaller.
    """

    name: str
    description: str
    target: Target
    train: Split
    validation: Split
    test: Split
    augmentations: tuple[str, ...] = ("none",)
    defaults: SearchDefaults = SearchDefaults()
    notes: tuple[str, ...] = field(default=(), compare=False)
    columns: tuple[Column, ...] = ()
    pictures: Form | None = None
    tokens: int | None = None
    epoch_examples: int | None = None
    group_names: tuple[str, ...] = ()
    inferred: DataOptions = INFERRED
    given: GivenNetwork | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.epoch_examples is not None and self.epoch_examples < SMALLEST_BATCH:
            raise UnusableData(
                f"received an epoch of {self.epoch_examples} examples, expected at least "
                f"{SMALLEST_BATCH}"
            )
        if not isinstance(self.target, Target):
            raise UnusableData(
                f"received target {self.target!r}, expected for instance Classes(10) of "
                "fitness.targets.classes"
            )
        splits = self._splits()
        for name, split in splits.items():
            self._check_split(name, split)
        adopted = self.target.adopted({name: split.y for name, split in splits.items()})
        _check_measurable(adopted)
        if self.tokens is not None:
            check_tokens({name: split.x for name, split in splits.items()}, self.tokens)
        elif self.target.reads_tokens:
            raise UnusableData(f"targets {self.target.kind} need inputs of tokens: say how many")
        inputs, of_inputs = alike({name: split.x for name, split in splits.items()})
        groups, names = numbered(
            {n: split.groups for n, split in splits.items()}, self.group_names
        )
        notes = unique(
            self.notes + tuple(note for split in splits.values() for note in split.notes)
            + adopted.notes + of_inputs + described(groups, names)
        )  # fmt: skip
        for name, split in splits.items():
            same = _with(split, inputs[name], adopted.y[name], groups.get(name))
            set_fields(self, **{name: same})
        set_fields(self, target=adopted.target, notes=notes, group_names=names)

    def _check_split(self, name: str, split: Split) -> None:
        if not isinstance(split, Split):
            raise UnusableData(f"received {name} as {type(split).__name__}, expected a Split")
        if (split.kind == TABLE) != bool(self.columns):
            raise UnusableData(
                f"received {name} of kind {split.kind!r} and {len(self.columns)} columns; "
                'rows of a table, Split(x, y, kind="table"), need columns, others have none'
            )
        if self.columns:
            check_columns(self.columns, split.array, name)

    @classmethod
    def from_datasets(
        cls,
        train: Any,
        validation: Any,
        test: Any,
        *,
        name: str = "datasets",
        description: str = "",
        target: Target | None = None,
        augmentations: Iterable[str] = ("none",),
        defaults: SearchDefaults = SearchDefaults(),
        resident_bytes: int | None = None,
        workers: int | None = None,
        kind: str = "arrays",
    ) -> Task:
        """Make a task of PyTorch's map-style datasets, or DataLoaders, of pairs (input, target).

        Up to `resident_bytes` (2 GB) of inputs are held in memory; more are streamed, read by
        `workers` processes for each trainer (of a DataLoader its own, else 1, with a GPU 4). So
        are those that train returns at random, whose randomness is seeded. Without a `target` it
        is inferred. `kind` "signals" means inputs (channels, length). Loads torch. Raises
        UnusableData for what cannot be used; a note says what was chosen.
        """
        from fitness.data.datasets.making import Wishes, make_task

        most = HELD_BYTES if resident_bytes is None else resident_bytes
        return make_task(
            {"train": train, "validation": validation, "test": test},
            name=name,
            description=description,
            target=target,
            augmentations=augmentations,
            defaults=defaults,
            wishes=Wishes(most, workers, kind),
        )

    @property
    def streams(self) -> bool:
        """Tell whether any inputs are streamed."""
        return any(isinstance(split.x, Streamed) for split in self._splits().values())

    def _splits(self) -> dict[str, Split]:
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example: (channels, height, width), (channels, length) or (features,).

        Of tokens it is (length,).
        """
        return tuple(self.train.x.shape[1:])

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the answers to one example: (outputs,), or (outputs, length) of each token."""
        return (self.target.outputs, *(self.input_shape if self.target.per_position else ()))

    @property
    def family(self) -> str:
        """The family of the defaults, unless it cannot take such inputs or a network is given."""
        if self.given is not None:
            return "given"
        if self.tokens is not None:
            return "transformer"
        if len(self.input_shape) == 1:
            return "mlp"  # the only one that takes vectors
        is_signal, stated = len(self.input_shape) == 2, self.defaults.family
        return "cnn1d" if is_signal and stated == "cnn" else stated

    def with_network(self, given: GivenNetwork) -> Task:
        """Return the task with a network to be made smaller; no limits but that one's own sizes.

        What the defaults state of FLOPs and the like is meant for networks that are bred.
        """
        unlimited = replace(
            self.defaults, max_flops=None, max_activations=None, max_parameters=None
        )
        return replace(self, given=given, defaults=unlimited)

    @property
    def limits(self) -> SizeLimits:
        """What the task's defaults state; else what leaves larger inputs as much choice.

        FLOPs and activations grow with the pixels of an image or the length of a signal, and
        parameters too with features.
        """
        if self.given is not None:  # what it has itself
            spec = self.given.spec
            sizes = spec.flops(), spec.activations(), spec.dense_parameters()
            return SizeLimits(*(float(size) for size in sizes))
        shape, given = self.input_shape, self.defaults
        is_vector = len(shape) == 1
        growth = max(1.0, math.prod(shape if is_vector else shape[1:]) / USUAL_SIZE)
        wide = growth if is_vector else 1.0
        return SizeLimits(
            given.max_flops or growth * USUAL.max_flops,
            given.max_activations or growth * USUAL.max_activations,
            given.max_parameters or wide * USUAL.max_parameters,
        )

    def fingerprint(self) -> str:
        """Hash shapes and contents of all splits (SHA-256, 16 digits); the same data, the same.

        So does a network that is given with them.

        Of streamed inputs some examples stand for all.
        """
        state = hashlib.sha256(f"{self.name}/{self.target.identity}".encode())
        for column in self.columns:
            state.update(repr(column).encode())
        if self.group_names:
            state.update(repr(self.group_names).encode())
        for split in (self.train, self.validation, self.test):
            for array in (split.x, split.y, *([] if split.groups is None else [split.groups])):
                state.update(f"{array.shape}{array.dtype}".encode())
                if isinstance(array, Streamed):
                    state.update(array.identity())
                else:
                    state.update(np.ascontiguousarray(array).tobytes())
        if self.given is not None:
            state.update(self.given.identity.encode())
        return state.hexdigest()[:16]


def _check_measurable(adopted: Adopted) -> None:
    for name in ("validation", "test"):
        if why := adopted.target.unmeasurable(adopted.y[name]):
            raise UnusableData(f"{name} cannot be measured on: {why}")


def _with(split: Split, x: Inputs, y: npt.NDArray[Any], groups: npt.NDArray[Any] | None) -> Split:
    """Return a split with these, itself where it has them: it is not checked and copied again."""
    known = (split.x, split.y, split.groups)
    if all(one is other for one, other in zip(known, (x, y, groups), strict=True)):
        return split
    return replace(split, x=x, y=y, groups=groups)
