"""From listed files to decoded pictures, split by split, in the cache.

Where evo splits, exact duplicates (of the pictures as they are learnt from) stay in one split.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import WHOLE
from fitness.data.arrays import UnusableData
from fitness.data.images import store
from fitness.data.images.decoding import decode
from fitness.data.images.listing import Listing
from fitness.data.images.near_duplicates import near_duplicates, thumbnails
from fitness.data.images.survey import attempted, left_out, refusal, survey
from fitness.data.inputs.picture_form import Form
from fitness.data.splitting.cutting import three_parts, two_parts
from fitness.data.splitting.duplicates import first_equal, hashes
from fitness.target import Target

Array = npt.NDArray[Any]
SPLITS = ("train", "validation", "test")
CHUNK = 1024  # pictures hashed at a time


@dataclass(frozen=True)
class Wanted:
    """What was said of the pictures: side in pixels (None: inferred), fit, what damage means."""

    size: int | None
    fit: str
    skip_unreadable: bool


@dataclass(frozen=True)
class _Order:
    """Places of the pictures, split by split, the splits' sizes, notes."""

    places: npt.NDArray[np.int64]
    sizes: tuple[int, ...]
    notes: tuple[str, ...]


def prepared(folder: Path, listing: Listing, target: Target, wanted: Wanted) -> store.Stored:
    """Return decoded pictures, from the cache if the same files are there.

    Raises UnusableData for unreadable files, unless these are to be skipped, and where too little
    is left to split.
    """
    groups = [] if listing.groups is None else [listing.groups.numbers.tolist()]
    key = store.content_key(
        listing.files,
        [listing.y.tolist(), listing.splits.tolist(), target.kind, *groups],
        [wanted.size, wanted.fit, wanted.skip_unreadable],
        [file.relative_to(folder).as_posix() for file in listing.files],
    )
    return store.read(key) or _decoded(key, folder, listing, target, wanted)


def _decoded(
    key: str, folder: Path, listing: Listing, target: Target, wanted: Wanted
) -> store.Stored:
    files = listing.files
    found = survey(files, wanted.size, wanted.fit)
    form, notes = found.form, found.notes
    with store.scratch(key, 2 * len(files) * form.bytes, _said(folder, len(files), form)) as place:
        raw = store.empty(place, (len(files), *form.shape), form.type)
        in_colour, unreadable = _fill(raw, listing, form)
        if unreadable and not wanted.skip_unreadable:
            raise UnusableData(refusal(files, unreadable))
        if unreadable:
            notes += (left_out(folder, files, unreadable),)
        if form.channels > 1 and not in_colour:
            raw = raw[:, :1]
            notes += ("all pictures are grey, though some are stored in colour: one channel",)
        dropped = np.isin(np.arange(len(files)), list(unreadable))
        order = _ordered(raw, listing, dropped, target)
        notes += (_input(form, raw.shape[1]), *order.notes)
        return store.keep(key, place, raw, order.places, order.sizes, notes)


def _said(folder: Path, count: int, form: Form) -> str:
    shape = " x ".join(map(str, form.shape))
    return (
        f"{folder.resolve().name}: decoding {count:,} pictures to {shape}, {form.type}; they take "
        f"{count * form.bytes / 1e6:,.1f} MB of memory"
    )


def _input(form: Form, channels: int) -> str:
    """Say what a picture has to become before a network sees it, for who hands one over."""
    colours = "red, green, blue" if channels == 3 else "grey"
    return (
        f"an input is a picture's pixels, {colours}, of {form.height} rows of {form.width}, as "
        f"{form.type}, channels first"
    )


def _fill(raw: Array, listing: Listing, form: Form) -> tuple[bool, dict[int, str]]:
    """Decode all files into (N, C, H, W); return if any has colours, and why files failed."""

    def one(place: int, path: Path) -> bool:
        picture = decode(path, form)
        raw[place] = picture
        return bool((picture != picture[:1]).any())

    colours, failed = attempted(listing.files, one)
    return any(colours.values()), failed


def _ordered(
    raw: Array, listing: Listing, dropped: npt.NDArray[np.bool_], target: Target
) -> _Order:
    """Cut splits where they are not given, without the pictures that are dropped."""
    kept = np.flatnonzero(~dropped)
    left = listing.without(dropped)
    left.check_classes()
    chunks = [kept[start : start + CHUNK] for start in range(0, len(kept), CHUNK)]
    alike = first_equal(np.concatenate([hashes(raw[chunk]) for chunk in chunks]))
    parts, notes = _parts(left, alike, target)
    places = np.concatenate(parts)
    sizes = tuple(map(len, parts))
    near = near_duplicates(
        thumbnails(raw, kept[places]), np.repeat(SPLITS, sizes), first_equal(alike[places])
    )
    return _Order(kept[places], sizes, notes + _told(near))


def _parts(
    listing: Listing, alike: npt.NDArray[np.intp], target: Target
) -> tuple[list[npt.NDArray[np.int64]], tuple[str, ...]]:
    """Return the places of train, validation and test, and notes."""
    given = {name: np.flatnonzero(listing.splits == name) for name in (WHOLE, *SPLITS)}
    groups = None if listing.groups is None else listing.groups.numbers
    if len(given[WHOLE]):
        parts = three_parts(listing.y, alike, target, groups)
        return [parts.train, parts.validation, parts.test], parts.notes
    if len(given["validation"]):
        return [given[name] for name in SPLITS], ()
    train = given["train"]
    of_train = None if groups is None else groups[train]
    parts = two_parts(listing.y[train], first_equal(alike[train]), target, of_train)
    return [train[parts.train], train[parts.validation], given["test"]], parts.notes


def _told(near: dict[str, int]) -> tuple[str, ...]:
    """Say how many near duplicates there are."""
    if not near:
        return ()
    counted = [
        f"{count:,} of {' in '.join(key.split(' in '))}"
        if " in " in key
        else f"{count:,} within {key}"
        for key, count in near.items()
    ]
    return (f"near duplicates by their difference hash: {', '.join(counted)}",)
