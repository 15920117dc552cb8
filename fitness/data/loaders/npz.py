"""Loader `npz:FILE`: a user's own data in one NumPy archive.

Arrays, by the names that `fitness.data.array_names` tells, one of
- `x`, `y`: split as below;
- `x_train`, `y_train`, `x_test`, `y_test`: validation is cut from train;
- these and `x_validation`, `y_validation`: nothing is split.
`class_names` may name the classes, `metric_group` the group of each example in which the metric is
measured. Any other array is an error: nothing is left out in silence.

Inputs are what `fitness.data.arrays` takes; what the targets mean, `fitness.data.recognise` says.

What is not split is cut by `fitness.data.splitting.cutting`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import CLASS_NAMES, WHOLE, roles_of
from fitness.data.arrays import UnusableData
from fitness.data.options import INFERRED, DataOptions
from fitness.data.recognise import stated_target, told
from fitness.data.splitting.cutting import three_parts, two_parts
from fitness.data.splitting.duplicates import first_alike
from fitness.data.task import Split, Task
from fitness.target import Target

Array = npt.NDArray[np.generic]
Roles = Mapping[tuple[str, str], str]
EXAMPLE = "npz:FILE"
DESCRIPTION = "Your own arrays x and y in a NumPy archive."
OPTIONS = frozenset({"target_kind"})


def recognises(path: Path) -> bool:
    """Tell an archive by the end of its name."""
    return path.suffix.lower() == ".npz"


def load(path: Path, options: DataOptions = INFERRED) -> Task:
    """Read the task; its name is the file's stem. Of options `target_kind` counts.

    Raises FileNotFoundError if there is no such file and ValueError, naming file and array, for
    anything that is not as the module's docstring lists it. Nothing is ever unpickled.
    """
    return read(path, options)


def read(path: Path, options: DataOptions = INFERRED, kind: str = "arrays") -> Task:
    """Read a task whose inputs are of a kind (see `fitness.data.task.Split`), as `load` does."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} (looked for from {Path.cwd()})")
    try:
        roles, arrays = _arrays(path)
        given = {split: _split(arrays, roles, split, kind) for role, split in roles if role == "x"}
        names = _class_names(arrays.get(roles.get((CLASS_NAMES, WHOLE), "")))
        known = given["train" if "train" in given else WHOLE].y
        target = stated_target(options.target_kind, known, names)
        train, validation, test = _splits(given, target)
        return Task(
            name=path.stem,
            description=f"{sum(map(len, given.values())):,} examples of {path.name}",
            target=target,
            train=train,
            validation=validation,
            test=test,
            notes=told(options.target_kind, known, names),
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


def _split(arrays: Mapping[str, Array], roles: Roles, split: str, kind: str) -> Split:
    x_name, y_name = roles["x", split], roles["y", split]
    groups_name = roles.get(("metric_group", split))
    groups = arrays[groups_name] if groups_name else None
    try:
        return Split(arrays[x_name], arrays[y_name], kind=kind, groups=groups)
    except ValueError as error:
        named = ", ".join(filter(None, (x_name, y_name, groups_name)))
        raise UnusableData(f"{named}: {error}") from None


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
        parts = three_parts(whole.y, first_alike(whole.array), target, whole.groups)
        train, validation, test = (
            whole.chosen(part, parts.notes) for part in (parts.train, parts.validation, parts.test)
        )
        return train, validation, test
    train, test = given["train"], given["test"]
    if "validation" in given:
        return train, given["validation"], test
    parts = two_parts(train.y, first_alike(train.array), target, train.groups)
    return train.chosen(parts.train, parts.notes), train.chosen(parts.validation), test
