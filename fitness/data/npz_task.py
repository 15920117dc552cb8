"""Task `npz:FILE`: a user's own data in one NumPy archive.

Arrays, by the names that `fitness.data.array_names` tells, one of
- `x`, `y`: split as below;
- `x_train`, `y_train`, `x_test`, `y_test`: validation is cut from train;
- these and `x_validation`, `y_validation`: nothing is split.
`class_names` may name the classes. Any other array is an error: nothing is left out in silence.

Inputs are what `fitness.data.arrays` takes; what the targets mean, `fitness.data.recognise` says.

Split: stratified by target with seed 0; of `x`, `y` 20 % test, 16 % validation, 64 % train; of
`x_train`, `y_train` 20 % validation, 80 % train (each part rounded, at least one). Exact
duplicates stay in one part, unless there are more of one than a part holds.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import CLASS_NAMES, WHOLE, roles_of
from fitness.data.arrays import UnusableData
from fitness.data.duplicates import first_alike
from fitness.data.recognise import recognised
from fitness.data.splits import grouped_parts, stratified_parts
from fitness.data.task import Split, Task
from fitness.target import Target

Array = npt.NDArray[np.generic]
Roles = Mapping[tuple[str, str], str]
SPLIT_SEED = 0
ALIKE = "so many inputs are equal that they could not be kept in one split each"
TEST_SHARE, VALIDATION_SHARE, VALIDATION_SHARE_OF_TRAIN = 0.2, 0.16, 0.2


def load_npz(path: Path) -> Task:
    """Read the task; its name is the file's stem.

    Raises FileNotFoundError if there is no such file and ValueError, naming file and array, for
    anything that is not as the module's docstring lists it. Nothing is ever unpickled.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} (looked for from {Path.cwd()})")
    try:
        roles, arrays = _arrays(path)
        given = {split: _split(arrays, roles, split) for role, split in roles if role == "x"}
        names = _class_names(arrays.get(roles.get((CLASS_NAMES, WHOLE), "")))
        target = recognised(given["train" if "train" in given else WHOLE].y, names)
        train, validation, test = _splits(given, target)
        return Task(
            name=path.stem,
            description=f"{sum(map(len, given.values())):,} examples of {path.name}",
            target=target,
            train=train,
            validation=validation,
            test=test,
        )
    except ValueError as error:
        raise UnusableData(f"{path}: {error}") from None


def _arrays(path: Path) -> tuple[Roles, dict[str, Array]]:
    """Read all arrays, and tell what each of them is."""
    try:
        archive = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise UnusableData(f"not a readable .npz archive ({error})") from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise UnusableData(
            "received a single array, expected an .npz archive of named arrays: "
            "numpy.savez('mine.npz', x=x, y=y)"
        )
    with archive:
        roles = roles_of(archive.files)
        return roles, {name: _read(archive, name) for name in roles.values()}


def _read(archive: Mapping[str, Array], name: str) -> Array:
    try:
        return archive[name]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        # Object arrays arrive here: they could only be unpickled, which may run any code.
        hint = " (save texts by y.astype(str))" if "Object arrays" in str(error) else ""
        raise UnusableData(f"array {name} cannot be read: {error}{hint}") from None


def _split(arrays: Mapping[str, Array], roles: Roles, split: str) -> Split:
    x_name, y_name = roles["x", split], roles["y", split]
    try:
        return Split(arrays[x_name], arrays[y_name])
    except ValueError as error:
        raise UnusableData(f"{x_name}, {y_name}: {error}") from None


def _class_names(array: Array | None) -> tuple[str, ...]:
    if array is None:
        return ()
    if array.ndim != 1 or array.dtype.kind not in "US" or len(set(array.tolist())) != len(array):
        raise UnusableData("class_names: expected one text a class, all of them different")
    return tuple(map(str, array.astype(np.str_).tolist()))


def _splits(given: Mapping[str, Split], target: Target) -> tuple[Split, Split, Split]:
    """Return train, validation and test, cut where they are not given."""
    if WHOLE in given:
        whole = given[WHOLE]
        sizes = _size(whole, TEST_SHARE), _size(whole, VALIDATION_SHARE)
        test, validation, train = _cut(whole, sizes, target)
        return train, validation, test
    train, test = given["train"], given["test"]
    if "validation" in given:
        return train, given["validation"], test
    validation, train = _cut(train, (_size(train, VALIDATION_SHARE_OF_TRAIN),), target)
    return train, validation, test


def _size(split: Split, share: float) -> int:
    return max(1, round(share * len(split)))


def _cut(split: Split, sizes: tuple[int, ...], target: Target) -> list[Split]:
    adopted = target.adopted({"train": split.y})
    strata = adopted.target.strata(adopted.y["train"])
    groups = first_alike(split.x)
    notes = split.notes
    if np.bincount(groups).max() > min(sizes):  # as in tables of a few categories
        parts = stratified_parts(strata, sizes, SPLIT_SEED)
        notes += (ALIKE,)
    else:
        parts = grouped_parts(strata, groups, sizes, SPLIT_SEED)
    return [Split(split.x[part], split.y[part], notes) for part in parts]
