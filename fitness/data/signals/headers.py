"""What sound files say of themselves: length, rate and channels, read before any is decoded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitness.data.arrays import UnusableData

INSTALL = "reading recordings needs soundfile: pip install 'evo-nas[signals]'"
CUT_OFF = re.compile(r"^data\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)  # libsndfile's log
STREAMED = 2**31 - 2**16  # bytes: a size from here on was written before it was known


@dataclass(frozen=True)
class Header:
    """One recording: numbers a channel, Hz, channels."""

    frames: int
    rate: int
    channels: int


def soundfile() -> Any:
    """Import the library; raise UnusableData that says how to get it."""
    try:
        import soundfile as library
    except (ImportError, OSError) as error:  # OSError: its own C library is not there
        raise UnusableData(f"{INSTALL} ({error})") from None
    return library


def read_headers(files: Sequence[Path], folder: Path) -> list[Header]:
    """Read the headers of recordings; raises UnusableData that names a damaged or empty one."""
    library = soundfile()
    return [_header(library, path, path.relative_to(folder).as_posix()) for path in files]


def check_alike(headers: Sequence[Header], names: Sequence[str], rate: int | None) -> None:
    """Raise UnusableData, naming files, for recordings of several rates or numbers of channels.

    Rates may differ where all are brought to a stated `rate`.
    """
    channels = [header.channels for header in headers]
    if odd := _unlike(channels, names):
        raise UnusableData(
            f"{odd.first} has {odd.value} channels, {odd.most} others have {odd.usual}; give all "
            f"the same (ffmpeg -i FILE -ac {odd.usual} OUT.wav)"
        )
    rates = [header.rate for header in headers]
    if rate is None and (odd := _unlike(rates, names)):
        raise UnusableData(
            f"{odd.first} has {odd.value:,} numbers a second, {odd.most} others have "
            f"{odd.usual:,}; say --sample-rate {odd.usual}, and all are brought to it"
        )


@dataclass(frozen=True)
class Unlike:
    """The first file that differs from most, its value, theirs, how many they are."""

    first: str
    value: int
    usual: int
    most: int


def _unlike(values: Sequence[int], names: Sequence[str]) -> Unlike | None:
    (usual, most), *others = Counter(values).most_common()
    if not others:
        return None
    first = next(place for place, value in enumerate(values) if value != usual)
    return Unlike(names[first], values[first], usual, most)


def _header(library: Any, path: Path, name: str) -> Header:
    try:
        found = library.info(path, verbose=True)
    except (library.SoundFileError, OSError) as error:
        reason = str(error).split(":")[-1].strip().rstrip(".")
        raise UnusableData(f"{name} cannot be read: {reason}; repair or remove it") from None
    cut = CUT_OFF.search(found.extra_info)
    if cut and int(cut[2]) < int(cut[1]) < STREAMED:
        raise UnusableData(
            f"{name} is cut off: {int(cut[2]):,} of {int(cut[1]):,} bytes are there; repair or "
            "remove it"
        )
    if not found.frames:
        raise UnusableData(f"{name} is empty: it holds no sound; remove it")
    return Header(found.frames, found.samplerate, found.channels)
