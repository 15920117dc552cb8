"""What pictures have in common, by their headers: the form that all are brought to."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from fitness.data.arrays import UnusableData
from fitness.data.folders.files import listed
from fitness.data.images.decoding import Header, Unreadable, read_header
from fitness.data.inputs.picture_form import Form

LARGEST_SIDE = 64  # pixels, unless a size is said: small networks are looked for
SMALLEST_SIDE = 8
WAITING = 10_000  # files that wait for a thread at a time
Found = TypeVar("Found")


@dataclass(frozen=True)
class Survey:
    """The form, why files are unreadable by their place, and notes."""

    form: Form
    unreadable: Mapping[int, str]
    notes: tuple[str, ...]


def survey(files: Sequence[Path], size: int | None, fit: str) -> Survey:
    """Read all headers; raises UnusableData for what has no form in common, or is all damaged."""
    headers, unreadable = attempted(files, lambda _, file: read_header(file))
    found = list(headers.values())
    if not found:
        raise UnusableData(refusal(files, unreadable))
    _check_depth(files, headers)
    height, width, scaling = _size(found, size, fit)
    grey = all(header.grey for header in found)
    form = Form(height, width, 1 if grey else 3, deep=found[0].deep, fit=fit)
    return Survey(form, unreadable, scaling + _remarks(found))


def attempted(
    files: Sequence[Path], read: Callable[[int, Path], Found]
) -> tuple[dict[int, Found], dict[int, str]]:
    """Read files in threads (Pillow works outside Python's lock); return what came, what failed.

    `read` is given the place of a file and the file; both results are by place.
    """

    def one(place: int) -> Found | Unreadable:
        try:
            return read(place, files[place])
        except Unreadable as error:
            return error

    came: dict[int, Found] = {}
    failed: dict[int, str] = {}
    with warnings.catch_warnings(), ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        warnings.simplefilter("ignore")  # of Pillow: what matters is in our errors
        for start in range(0, len(files), WAITING):
            places = range(start, min(start + WAITING, len(files)))
            for place, result in zip(places, pool.map(one, places), strict=True):
                if isinstance(result, Unreadable):
                    failed[place] = str(result)
                else:
                    came[place] = result
    return came, failed


def refusal(files: Sequence[Path], unreadable: Mapping[int, str]) -> str:
    """Say which files cannot be read, and what to do."""
    named = [f"{files[place]} {why}" for place, why in sorted(unreadable.items())]
    return (
        f"{len(named):,} of {len(files):,} pictures cannot be read: {listed(named)}. Mend or "
        "delete them, or leave them out by --skip-unreadable"
    )


def left_out(folder: Path, files: Sequence[Path], unreadable: Mapping[int, str]) -> str:
    """Say which files were left out."""
    names = [files[place].relative_to(folder).as_posix() for place in sorted(unreadable)]
    return f"unreadable pictures left out: {len(names):,} of {len(files):,}: {listed(names)}"


def _check_depth(files: Sequence[Path], headers: Mapping[int, Header]) -> None:
    deep = [place for place, header in headers.items() if header.deep]
    plain = [place for place, header in headers.items() if not header.deep]
    if deep and plain:
        raise UnusableData(
            f"{len(deep):,} pictures have more than 8 bits a pixel, as {files[deep[0]]}, and "
            f"{len(plain):,} have 8, as {files[plain[0]]}: their scales differ; convert one kind "
            "to the other"
        )


def _size(
    headers: Sequence[Header], said: int | None, fit: str
) -> tuple[int, int, tuple[str, ...]]:
    """Return height and width, and a note on what is scaled."""
    sizes = {(header.width, header.height) for header in headers}
    width, height = next(iter(sizes))
    if said is None and len(sizes) == 1 and max(width, height) <= LARGEST_SIDE:
        return height, width, ()
    middle = int(median(min(header.width, header.height) for header in headers))
    side = said or max(SMALLEST_SIDE, min(LARGEST_SIDE, middle))
    if sizes == {(side, side)}:
        return side, side, ()
    return side, side, (_scaling(sizes, headers, side, fit),)


def _scaling(sizes: set[tuple[int, int]], headers: Sequence[Header], side: int, fit: str) -> str:
    ways = {
        "pad": "padded with their mean colour, so that nothing is cut off",
        "crop": "cropped to their middle",
        "stretch": "stretched",
    }
    small, large = min(sizes, key=_area), max(sizes, key=_area)
    span = f"{small[0]} x {small[1]}"
    span += f" to {large[0]} x {large[1]}" if len(sizes) > 1 else ""
    square = all(width == height for width, height in sizes)
    fitted = "" if square else f" and {ways[fit]} (--image-fit)"
    enlarged = sum(max(header.width, header.height) < side for header in headers)
    more = f"; enlarged: {enlarged:,}" if enlarged else ""
    return f"pictures of {span} are scaled to {side} x {side} (--image-size){fitted}{more}"


def _area(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] * size[1], size[0]


def _remarks(headers: Sequence[Header]) -> tuple[str, ...]:
    """Say how often pictures were taken otherwise than they are stored."""
    grey, deep = (sum(getattr(h, name) for h in headers) for name in ("grey", "deep"))
    counted = {
        "grey pictures among those in colour, taken as colour": grey % len(headers),
        "pictures with transparency, laid on white": sum(h.transparent for h in headers),
        "pictures turned as their EXIF orientation says": sum(h.turned for h in headers),
        "pictures of 16 bits a colour, of which 8 are read": sum(h.reduced for h in headers),
        "pictures of more than 8 bits a pixel, kept as float32": deep,
    }
    every = len(headers)
    return tuple(f"{text}: {n:,} of {every:,}" for text, n in counted.items() if n)
