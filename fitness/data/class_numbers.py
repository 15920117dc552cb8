"""Turns classes into numbers 0..k-1 and their names, the same in all splits.

Numbers from one, gaps, texts, one-hot rows and whole numbers of a floating type can only mean one
thing: they are accepted, and a note says how they were taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData, as_array

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
MANY = 20  # different labels, beyond which examples a class are counted
SHOWN = 5  # values in a message


@dataclass(frozen=True)
class Classes:
    """Labels of each split as class numbers, the names (none if they are the numbers), notes."""

    labels: Mapping[str, Numbers]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def as_labels(given: Any) -> tuple[Array, tuple[str, ...]]:
    """Return one label an example (N,), int64 or text, and notes on how they were taken."""
    y, notes = _one_each(as_array(given, "labels"))
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8")
    if y.dtype.kind == "U":
        return y, notes
    if y.dtype.kind == "f":
        _check_whole(y)
        notes += (f"labels of type {y.dtype} are whole numbers: they are taken as classes",)
    elif y.dtype.kind not in "biu":
        raise UnusableData(f"received labels of type {y.dtype}, expected a class an example")
    if y.dtype.kind == "u" and y.size and int(y.max()) > np.iinfo(np.int64).max:
        raise UnusableData(
            f"received a label {y.max()}, too large for a class; give y.astype(str)"
        )
    return np.ascontiguousarray(y, dtype=np.int64), notes


def number_classes(
    labels: Mapping[str, Array], classes: int | None = None, names: Sequence[str] = ()
) -> Classes:
    """Number the classes of all splits alike; `train` has to hold each of them.

    `classes` is their number and `names` their names, if they are known. Raises UnusableData for
    labels that leave open what they mean.
    """
    kinds = {split.dtype.kind for split in labels.values()}
    if len(kinds) > 1:
        raise UnusableData("received labels that are texts in one split and numbers in another")
    found = np.unique(labels["train"])
    known = _known(found, classes, tuple(names))
    _check_all_known(labels, known)
    if kinds <= {"i"} and np.array_equal(known, np.arange(len(known))):
        return Classes(labels, tuple(names), ())
    numbered = {
        name: known.argsort()[np.searchsorted(np.sort(known), split)].astype(np.int64)
        for name, split in labels.items()
    }
    called = tuple(names) or tuple(map(str, known.tolist()))
    listed = ", ".join(f"{number} is {value}" for number, value in enumerate(called[:SHOWN]))
    more = ", ..." if len(called) > SHOWN else ""
    return Classes(numbered, called, (f"classes are numbered from 0: {listed}{more}",))


def _known(found: Array, classes: int | None, names: tuple[str, ...]) -> Array:
    """Return the label of each class, by its number."""
    count = classes or (len(names) or None)
    if found.dtype.kind == "U":
        return _known_texts(found, count, names)
    if len(found) == 1:
        raise UnusableData(f"all labels of train are {found[0]}; expected at least 2 classes")
    if count is not None and found[0] >= 0 and found[-1] < count:
        if len(found) < count:
            _refuse_absent(found, count, names)
        return found
    if count is not None and len(found) != count:
        raise UnusableData(
            f"received {count} classes, but labels of train from {found[0]} to {found[-1]}, "
            f"{len(found)} different ones; expected 0..{count - 1}"
        )
    if found[0] < 0 and found.tolist() != [-1, 1]:
        raise UnusableData(
            f"received the label {found[0]}; if it marks examples without a label, drop them, "
            "else number the classes from 0"
        )
    return found


def _refuse_absent(found: Array, count: int, names: tuple[str, ...]) -> None:
    there, absent = set(found.tolist()), []
    for number in range(count):  # which may be a gigantic one
        if number not in there:
            absent.append(number)
        if len(absent) == SHOWN:
            break
    called = f" ({', '.join(names[i] for i in absent)})" if names else ""
    raise UnusableData(
        f"classes {absent}{called} of 0..{count - 1} are not in train: leave them out, or give "
        "train an example of each"
    )


def _known_texts(found: Array, count: int | None, names: tuple[str, ...]) -> Array:
    known = np.array(names) if names else found
    if absent := sorted(set(known.tolist()) - set(found.tolist())):
        raise UnusableData(f"class {absent[0]!r} of class_names has no example in train")
    if len(found) < 2:
        raise UnusableData(
            f"all labels of train are {str(found[0])!r}; expected at least 2 classes"
        )
    if count is not None and len(known) != count:
        raise UnusableData(f"received {count} classes, but {len(found)} different labels in train")
    return known


def _check_all_known(labels: Mapping[str, Array], known: Array) -> None:
    for name, split in labels.items():
        strange = np.unique(split[~np.isin(split, known)])
        if len(strange):
            raise UnusableData(
                f"{name} has the label {strange[0]}, which is none of train's classes "
                f"({len(strange)} such labels)"
            )
    examples = len(labels["train"])
    if len(known) > MANY and examples < 2 * len(known):
        raise UnusableData(
            f"train has {len(known):,} different labels in {examples:,} examples, fewer than two "
            "of each. If they are numbers to learn, say --target-kind values (a Task in Python "
            "has the target Values())"
        )


def _one_each(y: Array) -> tuple[Array, tuple[str, ...]]:
    """Return one label an example; of one-hot rows, the place of the one."""
    if y.ndim == 2 and y.shape[1] == 1:
        return y[:, 0], ()
    if y.ndim == 1:
        return y, ()
    if y.ndim == 2 and y.dtype.kind in "biuf" and np.isin(y, (0, 1)).all():
        ones = y.sum(axis=1, dtype=np.int64)
        if (ones == 1).all():
            note = f"labels are one-hot rows of {y.shape[1]}: class is the place of the one"
            return y.argmax(axis=1), (note,)
        raise UnusableData(
            f"received labels of shape {y.shape} with {int(ones.min())} to {int(ones.max())} ones "
            "a row, expected one class an example. A task of several labels an example has the "
            "target Labels()"
        )
    raise UnusableData(f"received labels of shape {y.shape}, expected one label an example, (N,)")


def _check_whole(y: Array) -> None:
    if not np.isfinite(y).all():
        bad = int(np.count_nonzero(~np.isfinite(y)))
        raise UnusableData(
            f"received {bad:,} labels that are NaN or infinite; drop these examples"
        )
    broken = y[y != np.round(y)]
    if len(broken):
        raise UnusableData(
            f"received labels such as {broken[0]:g}, expected a class each: whole numbers or "
            "texts. A task of real numbers has the target Values()"
        )
    if np.abs(y).max(initial=0.0) > 2.0**53:
        raise UnusableData("received labels beyond 2**53 as floats, where whole numbers are lost")
