"""Loader `signals:FILE` or `signals:FOLDER`: sequences of numbers, each of one or more channels.

A file is an archive as loader `npz` takes it, with x (N, channels, length) or (N, length). A
folder holds recordings as `fitness.data.signals.listing` says; what is not split is cut by
`fitness.data.splitting.cutting`.

In training signals may be shifted, scaled, overlaid with noise and erased in part. Of values,
which may be sizes, nothing is scaled.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fitness.data.array_names import WHOLE
from fitness.data.arrays import UnusableData
from fitness.data.folders.files import holds
from fitness.data.loaders import npz
from fitness.data.options import INFERRED, DataOptions
from fitness.data.recognise import stated_target
from fitness.data.signals.decoding import Signals, decode, plan
from fitness.data.signals.headers import check_alike, read_headers
from fitness.data.signals.listing import RECORDINGS, Listing, list_recordings
from fitness.data.splitting.cutting import three_parts, two_parts
from fitness.data.splitting.duplicates import first_alike
from fitness.data.splitting.splits import Indices
from fitness.data.task import SearchDefaults, Split, Task
from fitness.target import Target

EXAMPLE = "signals:FOLDER"
DESCRIPTION = "Recordings, a folder a class (WAV, FLAC, ...); or FILE.npz with x (N, C, length)."
OPTIONS = frozenset({"target_kind", "signal_length", "sample_rate"})
VARIED = ("none", "shift", "shift-noise", "shift-scale-noise", "shift-scale-noise-erase")
UNSCALED = ("none", "shift", "shift-noise")
VARIED_WORDS = "shifted in time, scaled, overlaid with noise and erased in part"
UNSCALED_WORDS = "shifted in time and overlaid with noise"


def recognises(path: Path) -> bool:
    """Tell a folder in which recordings lie."""
    return path.is_dir() and holds(path, RECORDINGS)


def load(path: Path, options: DataOptions = INFERRED) -> Task:
    """Read the task; its name is that of the folder, or the file's stem.

    Raises FileNotFoundError if there is nothing, and UnusableData, naming file or array, for
    anything that is not as the modules above list it.
    """
    if path.is_dir():
        return _of_folder(path, options)
    if path.suffix.lower() in RECORDINGS.suffixes and path.exists():
        raise UnusableData(
            f"{path} is a single recording; expected a folder with a folder a class"
        )
    return _of_archive(path, options)


def _of_archive(path: Path, options: DataOptions) -> Task:
    stated = sorted(options.given().keys() & {"signal_length", "sample_rate"})
    if stated:
        raise UnusableData(
            f"{path}: received {' and '.join(stated)}, which are for folders of recordings; the "
            "arrays of an archive have their length"
        )
    task = npz.read(path, options, kind="signals")
    channels, length = task.input_shape
    if channels > length:
        raise UnusableData(
            f"{path}: received {channels} channels of {length} numbers each; are channels last? "
            "They come first: x.transpose(0, 2, 1). If there really are more channels than "
            "numbers, write a function package.module:make_task that returns the Task"
        )
    return replace(task, **_offered(task.target, task.notes))


def _of_folder(folder: Path, options: DataOptions) -> Task:
    try:
        listing = list_recordings(folder, options.target_kind)
        headers = read_headers(listing.files, folder)
        names = [path.relative_to(folder).as_posix() for path in listing.files]
        check_alike(headers, names, options.sample_rate)
        planned = plan(headers, options.signal_length, options.sample_rate)
        x, notes = decode(listing.files, headers, folder, planned)
        task = _task(folder, listing, x, (*listing.notes, *planned.notes, *notes))
        same = DataOptions(signal_length=planned.length, sample_rate=planned.rate)
        return replace(task, inferred=same)
    except UnusableData as error:
        raise UnusableData(f"{folder}: {error}") from None


def _task(folder: Path, listing: Listing, x: Signals, notes: tuple[str, ...]) -> Task:
    known = listing.y[np.isin(listing.splits, (WHOLE, "train"))]
    target = stated_target(
        "classes" if listing.class_names else "values", known, listing.class_names
    )
    parts, of_cutting = _parts(listing, x, target)
    train, validation, test = (Split(x[part], listing.y[part], kind="signals") for part in parts)
    name = folder.resolve().name
    return Task(
        name=name,
        description=f"{len(x):,} recordings of {name}",
        target=target,
        train=train,
        validation=validation,
        test=test,
        **_offered(target, notes + of_cutting),
    )


def _parts(
    listing: Listing, x: Signals, target: Target
) -> tuple[tuple[Indices, Indices, Indices], tuple[str, ...]]:
    """Return train, validation and test, cut where they are not given, and notes."""
    found = {name: np.flatnonzero(listing.splits == name) for name in np.unique(listing.splits)}
    y = listing.y
    if WHOLE in found:
        cut = three_parts(y, first_alike(x), target)
        return (cut.train, cut.validation, cut.test), cut.notes
    train, test = found["train"], found["test"]
    if "validation" in found:
        return (train, found["validation"], test), ()
    cut = two_parts(y[train], first_alike(x[train]), target)
    return (train[cut.train], train[cut.validation], test), cut.notes


def _offered(target: Target, notes: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a task that say what suits: settings, and what leaves targets true."""
    is_sized = target.kind == "values"
    note = (
        f"in training signals may be {UNSCALED_WORDS if is_sized else VARIED_WORDS}; where that "
        "changes what they mean, say --pin training.augmentation=none"
    )
    return {
        "augmentations": UNSCALED if is_sized else VARIED,
        "defaults": SearchDefaults(family="cnn1d"),
        "notes": (*notes, note),
    }
