"""Loader `images:FOLDER`: pictures in folders of classes, of splits, or beside a table.

`fitness.data.images.listing` says what a folder means, `decoding` how a file becomes an array, and
`store` where the arrays are kept: decoded once, shared by all processes of a machine. Exact
duplicates stay in one split where evo splits; near ones are counted and told.

Augmentations offered move pictures a little and mirror them. That a mirrored picture has the same
label is a guess, which a note states; of values, which may be places, nothing is moved.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import WHOLE
from fitness.data.arrays import UnusableData
from fitness.data.folders.files import holds
from fitness.data.images.decoding import check_fit
from fitness.data.images.kept import streamed
from fitness.data.images.listing import PICTURES, Listing, list_examples
from fitness.data.images.preparing import Wanted, prepared
from fitness.data.images.store import Stored
from fitness.data.inputs.picture_form import Form
from fitness.data.metric_groups import MetricGroups
from fitness.data.options import INFERRED, DataOptions
from fitness.data.recognise import stated_target, told
from fitness.data.streaming.inputs import HELD_BYTES, Inputs
from fitness.data.task import USUAL_SIZE, SearchDefaults, Split, Task
from fitness.target import Array, Target

EXAMPLE = "images:FOLDER"
DESCRIPTION = "Pictures: a folder a class, train/ and test/ with these, or a table beside them."
OPTIONS = frozenset(
    {"target", "metric_group", "target_kind", "image_size", "image_fit", "skip_unreadable"}
)
MOVED = ("none", "shift", "flip-shift", "flip-crop", "flip-crop-erase")
STILL = ("none", "erase")
MANY = 20_000  # training examples, from which on few epochs, large batches, small networks suit


def recognises(path: Path) -> bool:
    """Tell a folder in which pictures lie."""
    return path.is_dir() and holds(path, PICTURES)


def load(path: Path, options: DataOptions = INFERRED) -> Task:
    """Read the task; its name is that of the folder.

    Raises FileNotFoundError if there is no such folder, and UnusableData, naming files, for
    anything that is not as the modules above list it.
    """
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder {path} (looked for from {Path.cwd()})")
    try:
        return _task(path, options)
    except UnusableData as error:
        text = str(error)
        raise UnusableData(text if text.startswith(str(path)) else f"{path}: {text}") from None


def _task(folder: Path, options: DataOptions) -> Task:
    fit = check_fit(options.image_fit)
    listing = list_examples(folder, options)
    listing.check_classes()
    target = _target(listing, options)
    name = folder.resolve().name
    wanted = Wanted(options.image_size, fit, bool(options.skip_unreadable))
    stored = prepared(folder, listing, target, wanted)
    groups = listing.groups and listing.groups.chosen(stored.order)
    held = stored.pictures.nbytes <= HELD_BYTES
    train, validation, test = _splits(stored, listing.y[stored.order], groups, held)
    height, width = stored.pictures.shape[2:]
    side = height if height == width else None
    moves = target.kind != "values"
    task = Task(
        name=name,
        description=f"{len(stored.order):,} pictures of {name}",
        target=target,
        train=train,
        validation=validation,
        test=test,
        augmentations=MOVED if moves else STILL,
        defaults=_defaults(len(train), math.prod(stored.pictures.shape[2:])),
        notes=(
            *listing.notes,
            *stored.notes,
            *([] if held else [_streaming(stored)]),
            _offered(moves),
            *told(options.target_kind, listing.y[_known(listing)], listing.class_names),
        ),
        pictures=_form(stored.pictures, fit),
        group_names=groups.names if groups else (),
        inferred=DataOptions(image_size=side, image_fit=fit) if side else INFERRED,
    )
    for split in (task.train, task.validation, task.test) if held else ():
        split.array.setflags(write=False)  # so that trainings take them where they are
    return task


def _splits(
    stored: Stored, y: Array, groups: MetricGroups | None, held: bool
) -> tuple[Split, Split, Split]:
    """Return train, validation and test, which lie in the cache one after the other."""
    found, start = [], 0
    for size in stored.sizes:
        part = slice(start, start + size)
        x = _inputs(stored, start, size, held)
        found.append(Split(x, y[part], groups=groups.numbers[part] if groups else None))
        start += size
    train, validation, test = found
    return train, validation, test


def _inputs(stored: Stored, start: int, size: int, held: bool) -> Inputs:
    """Return a split's pictures, mapped as an array or streamed."""
    pictures = stored.pictures
    if held:
        return pictures[start : start + size]
    return streamed(stored.file, start, size, pictures.shape[1:], pictures.dtype)


def _form(pictures: npt.NDArray[Any], fit: str) -> Form:
    """Return the form of what is stored (N, C, H, W)."""
    channels, height, width = pictures.shape[1:]
    return Form(height, width, channels, deep=pictures.dtype != np.uint8, fit=fit)


def _streaming(stored: Stored) -> str:
    return (
        f"the pictures are streamed from the cache: {stored.pictures.nbytes / 1e6:,.0f} MB would "
        f"be too much to hold (limit {HELD_BYTES / 1e6:,.0f} MB). Normalisation is fitted on a "
        "sample of train; they are known again by numbers, targets and some examples"
    )


def _target(listing: Listing, options: DataOptions) -> Target:
    if listing.class_names:
        return stated_target("classes", listing.y, listing.class_names)
    return stated_target(options.target_kind, listing.y[_known(listing)])


def _known(listing: Listing) -> npt.NDArray[np.bool_]:
    """Return which examples (N,) tell what targets mean: not those of validation and test."""
    return np.isin(listing.splits, (WHOLE, "train"))


def _offered(moves: bool) -> str:
    if not moves:
        return "pictures are neither moved nor mirrored in training: values may be places"
    return (
        "in training pictures may be moved a little and mirrored left to right; where a mirrored "
        "one has another label, say --pin training.augmentation=shift"
    )


def _defaults(examples: int, pixels: int) -> SearchDefaults:
    """Return settings that suit so many training examples of so many pixels."""
    if examples < MANY:
        return SearchDefaults()
    growth = max(1.0, pixels / USUAL_SIZE)
    return SearchDefaults(
        generations=16,
        stages=(1, 9),
        max_flops=2e6 * growth,
        max_activations=5e4 * growth,
        batch_sizes=(64, 128, 256),
    )
