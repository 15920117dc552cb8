"""What a folder of recordings means: which file has which class and is in which split.

Either a folder a class (`birds/1.wav`), or folders of splits that hold these (`train/birds/1.wav`;
`train`, `test` and, if it is there, `validation`). A folder that only wraps these is entered.
Hidden files and what file managers leave are passed over; documents that come with data sets
(README, LICENSE) are, too, and a note says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import SPLIT_OF, WHOLE
from fitness.data.arrays import UnusableData

RECORDINGS = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".aif", ".aiff", ".au", ".mp3"})
LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
DOCUMENTS = ("readme", "license", "licence", "copying", "citation", "notice")
SHOWN = 5  # names in a message
LOOKED_AT = 1000  # files, among which a folder of recordings shows that it is one
FEWEST = 3  # recordings of a class: one for each split


@dataclass(frozen=True)
class Listing:
    """Recordings, the number of each one's class (N,), its split; `WHOLE` where none is given."""

    files: tuple[Path, ...]
    classes: npt.NDArray[np.int64]
    splits: npt.NDArray[np.str_]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def holds_recordings(folder: Path) -> bool:
    """Tell whether a folder has a recording among the first files that are met in it."""
    for number, path in enumerate(_walk(folder)):
        if _is_recording(path):
            return True
        if number >= LOOKED_AT:
            break
    return False


def list_recordings(folder: Path) -> Listing:
    """Say what a folder means; raises UnusableData, naming files, for what is not as above."""
    everything, documents = _sorted_out(folder)
    outer, found = _entered(everything)
    words = _split_words(found)
    depth = 2 if words else 1
    _check_depth(found, depth)
    names = sorted({path.split("/")[depth - 1] for path in found}, key=_in_order)
    if len(names) < 2:
        raise UnusableData(f"the only class is {names[0]}; expected a folder a class, at least 2")
    place = {name: number for number, name in enumerate(names)}
    parts = [path.split("/") for path in found]
    classes = np.array([place[part[depth - 1]] for part in parts], dtype=np.int64)
    splits = np.array([words[part[0]] if words else WHOLE for part in parts])
    _check_classes(classes, splits, names)
    notes = [f"ignored: {listed(documents)}"] * bool(documents)
    notes += [f"the data lie in its folder {outer}"] * bool(outer)
    files = tuple(folder / outer / path for path in found)
    return Listing(files, classes, splits, tuple(names), tuple(notes))


def listed(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many there are if these are not all."""
    more = f", ... ({len(names):,} in all)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _sorted_out(folder: Path) -> tuple[list[str], list[str]]:
    """Return the paths of recordings and of documents; nothing else may be there."""
    paths = sorted(_walk(folder))
    found = [path for path in paths if _is_recording(path)]
    rest = [path for path in paths if not _is_recording(path)]
    documents = [path for path in rest if path.rpartition("/")[2].lower().startswith(DOCUMENTS)]
    if others := [path for path in rest if path not in documents]:
        raise UnusableData(
            f"{listed(others)}: no recordings by their names, which end in "
            f"{', '.join(sorted(RECORDINGS))}. Convert them (ffmpeg -i FILE FILE.wav), or move "
            "what does not belong to the data elsewhere"
        )
    if not found:
        raise UnusableData("no recordings were found in it, nor in its folders")
    return found, documents


def _entered(paths: Sequence[str]) -> tuple[str, list[str]]:
    """Return the folder in which the folders of splits or classes lie, and paths from there."""
    inner, outer = list(paths), Path()
    while len(tops := {path.split("/")[0] for path in inner}) == 1:
        (top,) = tops
        if top.lower() in SPLIT_OF or not all(path.count("/") > 1 for path in inner):
            break
        inner, outer = [path.partition("/")[2] for path in inner], outer / top
    return "" if outer == Path() else outer.as_posix(), inner


def _walk(folder: Path) -> Iterator[str]:
    """Yield the paths of all files, with `/`, relative to the folder. No folder comes twice."""
    seen: set[str] = set()
    for at, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(at)
        folders[:] = [] if real in seen else sorted(n for n in folders if not _is_litter(n))
        here = Path(at).relative_to(folder)
        if real not in seen:
            yield from ((here / name).as_posix() for name in sorted(names) if not _is_litter(name))
        seen.add(real)


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in LITTER


def _is_recording(path: str) -> bool:
    return Path(path).suffix.lower() in RECORDINGS


def _in_order(name: str) -> tuple[int, str]:
    """Order classes by name, numbers by size."""
    return (int(name) if name.isdecimal() else 0, name)


def _split_words(found: Sequence[str]) -> dict[str, str]:
    """Return which split each folder is; none where folders are classes."""
    tops = {path.split("/")[0] for path in found if "/" in path}
    words = {top: SPLIT_OF[top.lower()] for top in tops if top.lower() in SPLIT_OF}
    if not words:
        return {}
    if others := sorted(tops - words.keys()):
        raise UnusableData(
            f"beside the splits {listed(sorted(words))} there are {listed(others)}; move them "
            "into one of these"
        )
    there = sorted(words.values())
    if there in (["test", "train"], ["test", "train", "validation"]):
        return words
    raise UnusableData(
        f"received the splits {listed(sorted(words))}; expected train and test, and validation if "
        "there is one. Or put the folders of classes side by side, and evo splits them itself"
    )


def _check_depth(found: Sequence[str], depth: int) -> None:
    expected = "split/class/file" if depth == 2 else "class/file"
    for path in found:
        if path.count("/") != depth:
            where = "no folder of a class" if path.count("/") < depth else "a folder too deep"
            raise UnusableData(f"{path} lies in {where}; expected {expected}")


def _check_classes(
    classes: npt.NDArray[np.int64], splits: npt.NDArray[np.str_], names: Sequence[str]
) -> None:
    for number, name in enumerate(names):
        of = splits[classes == number]
        if len(of) < FEWEST:
            raise UnusableData(
                f"class {name} has {len(of)} recordings, expected at least {FEWEST}: each split "
                "needs one; add some, or remove the class"
            )
        if not np.isin(of, (WHOLE, "train")).any():
            raise UnusableData(
                f"class {name} has no recording in train; give it some, or remove it"
            )
