"""Why a column is of no use as an input: identifiers, constants, copies of the target."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from fitness.data.tables.parsing import Numbers, Parsed

IDENTIFIER = re.compile(r"(^|.*[ _.-])(id|idx|index|key|uuid|guid|rowid|no name\))$|.*Id$|.*ID$")
FEW = 3  # rows, below which nothing is told from distinct values
HARDLY = 0.5  # of the rows: texts with more different values hardly repeat
MANY = 100  # different texts, up to which they are categories all the same
SAMPLE = 1000  # rows that often answer alone
EXACT = 1e-9  # of the deviation: numbers that agree so far tell each other


def why_useless(column: Parsed, targets: Sequence[Parsed]) -> str:
    """Return why a column should not be an input; empty if it may be one."""
    missing = column.missing
    if missing.all():
        return "nothing in it"
    raw = column.raw[~missing]
    if (raw == raw[0]).all() and not missing.any():
        return "constant"
    if any(_tells(column, target) for target in targets):
        return "tells the target: a copy of it"
    if missing.any() or len(raw) < FEW:
        return ""
    if column.kind == "category":
        return _of_texts(len(column.texts), len(raw))
    return _of_numbers(column) if column.kind == "number" else ""


def _of_texts(different: int, rows: int) -> str:
    if different == rows and rows > FEW:
        return "an identifier: all values differ"
    return "texts that hardly repeat" if different > max(MANY, HARDLY * rows) else ""


def _of_numbers(column: Parsed) -> str:
    numbers = column.numbers
    if not column.is_whole or any(
        len(np.unique(some)) < len(some) for some in (numbers[:SAMPLE], numbers)
    ):
        return ""
    counts = bool((np.diff(numbers) == 1).all())
    if counts or IDENTIFIER.match(column.name):
        return (
            "an identifier: it counts the rows" if counts else "an identifier: all values differ"
        )
    return ""


def _tells(column: Parsed, target: Parsed) -> bool:
    """Tell whether the target is the column in other units, or under other names."""
    if column.missing.any():
        return False
    if column.kind != "category" and target.kind != "category":
        if np.array_equal(column.numbers, target.numbers):
            return True
        if not (target.is_whole and len(np.unique(target.numbers)) <= MANY):
            return _agree(column.numbers, target.numbers)
    return _rename(column, target)


def _agree(a: Numbers, b: Numbers) -> bool:
    """Tell whether two columns differ by a factor and an offset alone."""
    with np.errstate(over="ignore", invalid="ignore"):
        a, b = ((one - one.mean()) / one.std() for one in (a, b))
        return bool(min(np.abs(a - b).max(), np.abs(a + b).max()) < EXACT)


def _rename(column: Parsed, target: Parsed) -> bool:
    """Tell whether each value goes with one value of the target, and the other way round."""
    if len(np.unique(column.raw[:SAMPLE])) > MANY:
        return False
    first, second = (np.unique(one.raw, return_inverse=True) for one in (column, target))
    classes = len(second[0])
    if len(first[0]) != classes or classes > min(MANY, HARDLY * len(column.raw)):
        return False
    pairs = first[1] * classes + second[1]
    return len(np.unique(pairs)) == classes
