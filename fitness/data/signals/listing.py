"""Which recordings a folder holds, and what each one's folder says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.folders.classes import check_counts, class_folders, entered, names_as_values
from fitness.data.folders.files import Kind, find

RECORDINGS = Kind(
    "recordings",
    frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".aif", ".aiff", ".au", ".mp3"}),
    advice=". Other formats: ffmpeg -i FILE FILE.wav",
)


@dataclass(frozen=True)
class Listing:
    """Recordings, their targets (N,), their splits, `WHOLE` where none is given.

    `class_names` are those of the folders: then targets are their numbers.
    """

    files: tuple[Path, ...]
    y: npt.NDArray[Any]
    splits: npt.NDArray[np.str_]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def list_recordings(folder: Path, target_kind: str | None = None) -> Listing:
    """Say what a folder means, see `fitness.data.folders.classes`; raises UnusableData.

    With a target kind `values` the names of the folders are the numbers to learn.
    """
    inner, notes = entered(folder, RECORDINGS)
    found = find(inner, RECORDINGS)
    placed = class_folders(found)
    check_counts(placed.numbers, placed.splits, placed.names, RECORDINGS)
    files, notes = tuple(inner / path for path in found.examples), notes + found.notes
    if target_kind in (None, "classes"):
        return Listing(files, placed.numbers, placed.splits, placed.names, notes)
    values = names_as_values(placed.names, str(target_kind), RECORDINGS)
    return Listing(files, values[placed.numbers], placed.splits, (), notes)
