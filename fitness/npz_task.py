"""Task `npz:FILE`: a user's own classification data in one NumPy archive.

Arrays, one of
- `x`, `y`: split as below;
- `x_train`, `y_train`, `x_test`, `y_test`: validation is cut from train;
- these and `x_validation`, `y_validation`: nothing is split.

Inputs are (N, features), (N, height, width) or (N, channels, height, width), of any number type;
uint8 is kept, all else becomes float32. Labels are whole numbers 0..k-1, shape (N,) or (N, 1).

Split: stratified with seed 0 by `stratified_order`; of `x`, `y` 20 % test, 16 % validation, 64 %
train; of `x_train`, `y_train` 20 % validation, 80 % train (each part rounded, at least one).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.splits import stratified_parts
from fitness.task import Split, Task

Array = npt.NDArray[np.generic]
SPLIT_SEED = 0
TEST_SHARE, VALIDATION_SHARE, VALIDATION_SHARE_OF_TRAIN = 0.2, 0.16, 0.2
WHOLE = ("x", "y")
TRAIN_AND_TEST = ("x_train", "y_train", "x_test", "y_test")
ALL_SPLITS = (*TRAIN_AND_TEST, "x_validation", "y_validation")


def load_npz(path: Path) -> Task:
    """Read the task; its name is the file's stem.

    Raises FileNotFoundError if there is no such file and ValueError, naming file and array, for
    anything that is not as the module's docstring lists it. Nothing is ever unpickled.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} (looked for from {Path.cwd()})")
    try:
        splits = _splits(_arrays(path))
        classes = int(splits[0].y.max()) + 1
        return Task(
            name=path.stem,
            description=f"{sum(map(len, splits)):,} examples of {path.name}",
            classes=classes,
            train=splits[0],
            validation=splits[1],
            test=splits[2],
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _arrays(path: Path) -> dict[str, Array]:
    """Read the arrays that are needed, and no others."""
    try:
        archive = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"not a readable .npz archive ({error})") from None
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise ValueError("received a single array, expected an .npz archive of named arrays")
    with archive:
        present = set(archive.files)
        for names in (ALL_SPLITS, TRAIN_AND_TEST, WHOLE):
            if present.issuperset(names):
                return {name: _read(archive, name) for name in names}
        raise ValueError(
            f"the archive holds {', '.join(sorted(present)) or 'nothing'}; expected x and y, or "
            "x_train, y_train, x_test, y_test (and optionally x_validation, y_validation)"
        )


def _read(archive: Mapping[str, Array], name: str) -> Array:
    try:
        return archive[name]
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        # Object arrays arrive here: they could only be unpickled, which may run any code.
        raise ValueError(f"array {name} cannot be read: {error}") from None


def _splits(arrays: Mapping[str, Array]) -> tuple[Split, Split, Split]:
    """Return train, validation and test."""
    if "x" in arrays:
        whole = _split(arrays, "x", "y")
        sizes = _size(whole, TEST_SHARE), _size(whole, VALIDATION_SHARE)
        test, validation, train = _cut(whole, sizes)
        return train, validation, test
    train, test = (_split(arrays, f"x_{part}", f"y_{part}") for part in ("train", "test"))
    if "x_validation" in arrays:
        return train, _split(arrays, "x_validation", "y_validation"), test
    validation, train = _cut(train, (_size(train, VALIDATION_SHARE_OF_TRAIN),))
    return train, validation, test


def _split(arrays: Mapping[str, Array], x_name: str, y_name: str) -> Split:
    x, y = _inputs(x_name, arrays[x_name]), _labels(y_name, arrays[y_name])
    try:
        return Split(x, y)
    except ValueError as error:
        raise ValueError(f"{x_name}, {y_name}: {error}") from None


def _size(split: Split, share: float) -> int:
    return max(1, round(share * len(split)))


def _cut(split: Split, sizes: tuple[int, ...]) -> list[Split]:
    parts = stratified_parts(split.y, sizes, SPLIT_SEED)
    return [Split(split.x[part], split.y[part]) for part in parts]


def _inputs(name: str, x: Array) -> Array:
    """Return (N, features) or (N, channels, height, width), uint8 or float32."""
    if x.dtype.kind not in "biuf":
        raise ValueError(f"array {name} has type {x.dtype}, expected numbers")
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim not in (2, 4):
        raise ValueError(
            f"array {name} has shape {x.shape}, expected (N, features), (N, height, width) or "
            "(N, channels, height, width)"
        )
    if x.dtype == np.uint8:
        return x
    with np.errstate(over="ignore"):  # what overflows is infinite, and reported as such
        return x.astype(np.float32)


def _labels(name: str, y: Array) -> npt.NDArray[np.int64]:
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or y.dtype.kind not in "biu":
        raise ValueError(
            f"array {name} has shape {y.shape} and type {y.dtype}, expected one whole number "
            "0..k-1 per example"
        )
    return y.astype(np.int64)
