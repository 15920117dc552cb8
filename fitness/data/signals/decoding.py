"""Reads recordings into one array (N, channels, length), all of one rate and length."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.folders.files import listed
from fitness.data.signals.headers import Header, soundfile

Signals = npt.NDArray[np.float32]
COVERED = 0.9  # of recordings that are not longer than the usual length


@dataclass(frozen=True)
class Plan:
    """What recordings are brought to: numbers a channel, channels, numbers a second."""

    length: int
    channels: int
    rate: int
    notes: tuple[str, ...]


def plan(headers: Sequence[Header], length: int | None, rate: int | None) -> Plan:
    """Say what recordings are brought to, where the user may have stated length and rate.

    Where no length is stated it is the one that nine of ten do not exceed. Raises UnusableData
    where the memory of the machine is too small for that.
    """
    rate = rate or headers[0].rate
    lengths = np.array([_resampled_length(header, rate) for header in headers])
    common = length or int(np.sort(lengths)[math.ceil(COVERED * len(lengths)) - 1])
    size = 4 * len(headers) * headers[0].channels * common
    _check_memory(size, common, rate)
    first = (
        f"recordings have {rate:,} numbers a second and are {_seconds(common, rate)} long; all "
        f"together they take {size / 1e6:,.3g} MB of memory"
    )
    changed = sum(header.rate != rate for header in headers)
    resampled = f"{changed:,} of {len(headers):,} were resampled to {rate:,} numbers a second"
    said = "" if length else "; --signal-length NUMBERS says another length"
    brought = [f"{text}{said}" for text in _brought(lengths, common, rate)]
    notes = (first, *[resampled] * bool(changed), *brought)
    return Plan(common, headers[0].channels, rate, notes)


def decode(
    files: Sequence[Path], headers: Sequence[Header], folder: Path, plan: Plan
) -> tuple[Signals, tuple[str, ...]]:
    """Read all files: (N, channels, length), and a note on silent ones.

    Raises UnusableData that names a file that breaks off, or holds what are no finite numbers.
    """
    library = soundfile()
    x = np.zeros((len(files), plan.channels, plan.length), np.float32)
    names = [path.relative_to(folder).as_posix() for path in files]
    for row, path, header, name in zip(x, files, headers, names, strict=True):
        sound = _resampled(_decoded(library, path, header, name), header.rate, plan.rate)
        kept = min(plan.length, sound.shape[1])
        row[:, :kept] = sound[:, :kept]
    silent = [name for name, row in zip(names, x, strict=True) if not np.ptp(row, axis=1).any()]
    return x, (f"silent from end to end: {listed(silent)}",) if silent else ()


def _brought(lengths: npt.NDArray[np.int64], common: int, rate: int) -> list[str]:
    """Say how many are filled and cut; nothing where none is."""
    shorter, longer = int((lengths < common).sum()), int((lengths > common).sum())
    if not shorter and not longer:
        return []
    least, most = _seconds(int(lengths.min()), rate), _seconds(int(lengths.max()), rate)
    was = f"lengths differ, from {least} to {most}" if least != most else f"all were {most}"
    return [
        f"{was}: {shorter:,} of {len(lengths):,} are filled with zeros, {longer:,} cut, both at "
        f"their end, to {common:,} numbers"
    ]


def _check_memory(size: int, length: int, rate: int) -> None:
    """Raise UnusableData for more bytes than half of the memory: splits are copies."""
    if not hasattr(os, "sysconf"):
        return
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if size > memory / 2:
        raise UnusableData(
            f"with {length:,} numbers each the recordings would take {size / 1e9:,.3g} GB, more "
            f"than half of this machine's memory; say a smaller --signal-length, or a smaller "
            f"--sample-rate than {rate}"
        )


def _decoded(library: Any, path: Path, header: Header, name: str) -> Signals:
    """Return a file's numbers (channels, frames), from -1 to 1 where they were whole."""
    try:
        found, _ = library.read(path, dtype="float32", always_2d=True)
    except (library.SoundFileError, OSError) as error:
        raise UnusableData(f"{name} cannot be read: {error}; repair or remove it") from None
    if len(found) != header.frames:
        raise UnusableData(
            f"{name} breaks off: it says {header.frames:,} numbers, {len(found):,} can be read; "
            "repair or remove it"
        )
    if not np.isfinite(found).all():
        raise UnusableData(f"{name} holds numbers that are NaN or infinite; repair or remove it")
    sound: Signals = found.T
    return sound


def _resampled(sound: Signals, rate: int, wanted: int) -> Signals:
    """Bring (channels, frames) to another rate, by a polyphase filter."""
    if rate == wanted:
        return sound
    from scipy.signal import resample_poly

    common = math.gcd(rate, wanted)
    found: Signals = resample_poly(sound, wanted // common, rate // common, axis=1)
    return found


def _resampled_length(header: Header, rate: int) -> int:
    return -(-header.frames * rate // header.rate)


def _seconds(numbers: int, rate: int) -> str:
    return f"{numbers / rate:.3g} s"
