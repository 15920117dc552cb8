"""What kind of target an array of targets is, where nobody says it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.target import TARGETS, Target, new_target
from genomes.genes.registry import suggest

MANY = 20  # different whole numbers, up to which they are classes however few examples each has
EACH = 4  # examples a number, on average, from which on many numbers without gaps are classes
EACH_WITH_GAPS = 10  # and those with gaps: who numbers classes counts


def stated_target(
    kind: str | None, y: npt.NDArray[Any], class_names: tuple[str, ...] = ()
) -> Target:
    """Return the target of a kind that is said, else what `recognised` returns.

    Raises UnusableData for a kind that does not exist, and for names of what are no classes.
    """
    if kind is None:
        return recognised(y, class_names)
    if kind not in TARGETS:
        raise UnusableData(suggest("target kind", kind, TARGETS.names()))
    if not class_names:
        return new_target(kind)
    if kind != "classes":
        raise UnusableData(f"class_names name classes, but the target kind is said to be {kind}")
    return recognised(y, class_names)


def recognised(y: npt.NDArray[Any], class_names: tuple[str, ...] = ()) -> Target:
    """Return the target that targets (N,) or (N, K) of train are most likely meant as.

    Texts, one-hot rows and whole numbers are classes, unless the numbers hardly ever repeat; rows
    of 0 and 1 are labels; all other numbers are values.
    """
    if class_names:
        return new_target("classes", count=len(class_names), names=class_names)
    if y.dtype.kind not in "biuf" or not y.size:
        return new_target("classes")
    if y.ndim == 2 and y.shape[1] > 1:
        if not np.isin(y, (0, 1)).all():
            return new_target("values")
        is_one_hot = bool((y.sum(axis=1) == 1).all())
        return new_target("classes" if is_one_hot else "labels")
    return new_target("classes" if _repeats(y) else "values")


def told(
    kind: str | None, y: npt.NDArray[Any], class_names: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Say how whole numbers were taken where they may be classes and values, and nobody said."""
    if kind is not None or class_names or y.dtype.kind not in "iuf" or y.size != len(y):
        return ()
    different = np.unique(y)
    is_whole = bool(np.array_equal(different, np.round(different)))  # not so with NaN
    if not is_whole or len(different) <= 2 or len(y) < 2 * len(different):
        return ()
    taken, other = ("classes", "values") if _repeats(y) else ("values", "classes")
    return (
        f"the {len(different):,} different whole numbers of the target, {different[0]:g} to "
        f"{different[-1]:g}, are taken as {taken}; if they are {other}, say --target-kind {other}",
    )


def _repeats(y: npt.NDArray[Any]) -> bool:
    """Tell whether numbers are whole, and few or repeated as often as those of classes."""
    if y.dtype.kind == "f" and not np.array_equal(y, np.round(y)):
        return False  # NaN too
    different = np.unique(y)
    is_gapless = bool(different[0] in (0, 1) and different[-1] - different[0] < len(different))
    each = EACH if is_gapless else EACH_WITH_GAPS
    return len(different) <= MANY or len(y) >= each * len(different)
