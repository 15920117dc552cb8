"""What a folder of pictures means: which example has which target and is in which split.

One of
- a folder a class: `cats/1.jpg`, `dogs/2.jpg`;
- folders of splits that hold these: `train/cats/1.jpg`; `val` or `validation`, `test`;
- a table beside the pictures, see `fitness.data.images.table`.
A folder that only wraps one of these is entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import SPLIT_OF, WHOLE
from fitness.data.arrays import UnusableData
from fitness.data.images.files import TABLES, Found, find, listed, visible
from fitness.data.images.table import read_table
from fitness.data.options import DataOptions

FEWEST = 3  # examples of a class: one for each split
MISPLACED = "move it into the folder of its class"


@dataclass(frozen=True)
class Listing:
    """Pictures, their targets (N,) or (N, K), and the split of each, `WHOLE` where none is given.

    `class_names` are those of the folders: then targets are their numbers.
    """

    files: tuple[Path, ...]
    y: npt.NDArray[Any]
    splits: npt.NDArray[np.str_]
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def without(self, dropped: npt.NDArray[np.bool_]) -> Listing:
        """Leave examples (N,) out."""
        files = tuple(f for f, drop in zip(self.files, dropped, strict=True) if not drop)
        kept = self.y[~dropped], self.splits[~dropped]
        return Listing(files, *kept, self.class_names, self.notes)

    def check_classes(self) -> None:
        """Raise UnusableData for a class that train lacks, or with fewer than three examples."""
        if not self.class_names:
            return
        counts = np.bincount(self.y, minlength=len(self.class_names))
        if few := [name for name, n in zip(self.class_names, counts, strict=True) if n < FEWEST]:
            raise UnusableData(
                f"fewer than {FEWEST} pictures of {listed(few)}: each split needs one; add some, "
                "or remove the class"
            )
        train = self.y[np.isin(self.splits, (WHOLE, "train"))]
        counts = np.bincount(train, minlength=len(self.class_names))
        if absent := [name for name, n in zip(self.class_names, counts, strict=True) if not n]:
            raise UnusableData(
                f"train has no picture of {listed(absent)}, other splits have: give train some, "
                "or remove the class from all splits"
            )


def list_examples(folder: Path, options: DataOptions) -> Listing:
    """Say what a folder's pictures mean; raises UnusableData for what is not as listed above."""
    inner, notes = _entered(folder)
    found = find(inner)
    notes += found.notes
    if not found.pictures:
        raise UnusableData("no pictures were found in it, nor in its folders")
    if found.tables:
        if len(found.tables) > 1:
            raise UnusableData(
                f"received several tables, {listed(found.tables)}; keep one. A column split "
                "(train, validation, test) says which rows belong together"
            )
        table = read_table(inner, found.tables[0], found.pictures, options)
        files = tuple(inner / path for path in table.files)
        return Listing(files, table.y, table.splits, notes=notes + table.notes)
    if options.target:
        raise UnusableData(f"received the target {options.target[0]}, but there is no table in it")
    return replace(_of_folders(inner, found, options.target_kind), notes=notes)


def _entered(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the folder in which the data lie: the only thing in another one may hold them."""
    inner = folder
    while True:
        there = visible(inner)
        if len(there) != 1 or not there[0].is_dir() or there[0].name.lower() in SPLIT_OF:
            break
        if not any(one.is_dir() or one.suffix.lower() in TABLES for one in visible(there[0])):
            break  # pictures of one class
        inner = there[0]
    if inner == folder:
        return folder, ()
    return inner, (f"the data lie in its folder {inner.relative_to(folder).as_posix()}",)


def _of_folders(folder: Path, found: Found, kind: str | None) -> Listing:
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
    _check_depth(found.pictures, depth)
    names = _class_names(found, depth)
    place = {name: number for number, name in enumerate(names)}
    parts = [path.split("/") for path in found.pictures]
    y = np.array([place[part[depth - 1]] for part in parts], dtype=np.int64)
    splits = np.array([words[part[0]] if words else WHOLE for part in parts])
    files = tuple(folder / path for path in found.pictures)
    if kind in (None, "classes"):
        return Listing(files, y, splits, names)
    return Listing(files, _numbers(names, kind)[y], splits)


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


def _check_depth(pictures: Sequence[str], depth: int) -> None:
    expected = "split/class/file" if depth == 2 else "class/file"
    for path in pictures:
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


def _numbers(names: Sequence[str], kind: str | None) -> npt.NDArray[np.float64]:
    """Return what folders are called as numbers, which are values to learn."""
    try:
        if kind == "values":
            return np.array([float(name) for name in names])
    except ValueError:
        pass
    raise UnusableData(
        f"received the target kind {kind}, but folders name classes. Other targets stand in a "
        "table beside the pictures; values may be folders whose names are numbers"
    )
