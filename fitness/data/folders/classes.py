"""What a folder means: a folder a class, or folders of splits that hold these.

`cats/1.jpg`, `dogs/2.jpg`; or `train/cats/1.jpg`, `test/...` and, if it is there, `val/...` or
`validation/...`. A folder that only wraps one of these is entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import SPLIT_OF, WHOLE
from fitness.data.arrays import UnusableData
from fitness.data.folders.files import Found, Kind, listed, visible

FEWEST = 3  # examples of a class: one for each split
MISPLACED = "move it into the folder of its class"


@dataclass(frozen=True)
class ClassFolders:
    """Of each example the number of its class (N,) and its split, `WHOLE` where none is given."""

    numbers: npt.NDArray[np.int64]
    splits: npt.NDArray[np.str_]
    names: tuple[str, ...]


def entered(folder: Path, kind: Kind) -> tuple[Path, tuple[str, ...]]:
    """Return the folder in which the data lie: the only thing in another one may hold them."""
    inner = folder
    while True:
        there = visible(inner)
        if len(there) != 1 or not there[0].is_dir() or there[0].name.lower() in SPLIT_OF:
            break
        if not any(one.is_dir() or one.suffix.lower() in kind.tables for one in visible(there[0])):
            break  # examples of one class
        inner = there[0]
    if inner == folder:
        return folder, ()
    return inner, (f"the data lie in its folder {inner.relative_to(folder).as_posix()}",)


def class_folders(found: Found) -> ClassFolders:
    """Say which class and split each example has; UnusableData for what is not as above."""
    tops = {path.split("/")[0] for path in found.folders}
    words = {top: SPLIT_OF[top.lower()] for top in tops if top.lower() in SPLIT_OF}
    if words and len(words) < len(tops):
        raise UnusableData(
            f"beside the splits {listed(sorted(words))} there are the folders "
            f"{listed(sorted(tops - words.keys()))}; splits hold the folders of classes, move "
            "these into one"
        )
    _check_splits(words)
    depth = 2 if words else 1
    _check_depth(found.examples, depth)
    names = _class_names(found, depth)
    place = {name: number for number, name in enumerate(names)}
    parts = [path.split("/") for path in found.examples]
    numbers = np.array([place[part[depth - 1]] for part in parts], dtype=np.int64)
    splits = np.array([words[part[0]] if words else WHOLE for part in parts])
    return ClassFolders(numbers, splits, names)


def check_counts(
    numbers: npt.NDArray[Any], splits: npt.NDArray[np.str_], names: Sequence[str], kind: Kind
) -> None:
    """Raise UnusableData for a class that train lacks, or with fewer than three examples."""
    counts = np.bincount(numbers, minlength=len(names))
    if few := [name for name, n in zip(names, counts, strict=True) if n < FEWEST]:
        raise UnusableData(
            f"fewer than {FEWEST} {kind.name} of {listed(few)}: each split needs one; add some, "
            "or remove the class"
        )
    train = numbers[np.isin(splits, (WHOLE, "train"))]
    counts = np.bincount(train, minlength=len(names))
    if absent := [name for name, n in zip(names, counts, strict=True) if not n]:
        raise UnusableData(
            f"train has no {kind.name} of {listed(absent)}, other splits have: give train some, "
            "or remove the class from all splits"
        )


def names_as_values(names: Sequence[str], target_kind: str, kind: Kind) -> npt.NDArray[np.float64]:
    """Return what folders are called as numbers, which are values to learn."""
    try:
        if target_kind == "values":
            return np.array([float(name) for name in names])
    except ValueError:
        pass
    table = f"Other targets stand in a table beside the {kind.name}; " if kind.tables else ""
    raise UnusableData(
        f"received the target kind {target_kind}, but folders name classes. {table}values may be "
        "folders whose names are numbers"
    )


def _check_splits(words: dict[str, str]) -> None:
    if len(set(words.values())) < len(words):
        raise UnusableData(f"of {listed(sorted(words))} two mean the same split; keep one")
    there = set(words.values())
    if there in (set(), {"train", "test"}, {"train", "validation", "test"}):
        return
    if there == {"train", "validation"}:
        raise UnusableData(
            "there are train and validation, but no test data: rename the second to test (evo "
            "cuts validation from train), or put all class folders side by side, and evo splits"
        )
    raise UnusableData(
        f"received {listed(sorted(words))} alone; expected train and test, and validation if you "
        "like; or the class folders without a split, and evo splits"
    )


def _check_depth(examples: Sequence[str], depth: int) -> None:
    expected = "split/class/file" if depth == 2 else "class/file"
    for path in examples:
        if path.count("/") < depth:
            raise UnusableData(f"{path} lies in no folder of a class; {MISPLACED} ({expected})")
        if path.count("/") > depth:
            raise UnusableData(
                f"{path} lies deeper than {expected}, so its class could be more than one "
                f"folder's name; {MISPLACED}"
            )


def _class_names(found: Found, depth: int) -> tuple[str, ...]:
    """Return the classes in order, numbers by size; an empty folder is one, too."""
    names = {path.split("/")[depth - 1] for path in found.folders if path.count("/") >= depth - 1}
    if len(names) < 2:
        raise UnusableData(
            f"the only folder of a class is {', '.join(names)}; expected at least 2 classes"
        )
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))
