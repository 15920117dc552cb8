"""What the texts of a column mean, as a whole: numbers, dates, or categories.

Decimal commas, thousands, dates and marks for what is missing are taken where they can only mean
one thing; what may be read in two ways, or is damaged in some rows, is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.inputs.table_column import Kind

MARKS = {"?", "-", "--", ".", "*"}  # what may stand for a missing number
NEARLY = 0.8  # of the texts: from this share on the others look like damage
SECONDS_A_DAY = 86400
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")  # 1,234.5
COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?([eE][+-]?\d+)?")  # 1.234,5
ISO = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?([T ].*)?")
DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(\s.*)?")

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Meaning:
    """What texts mean: a number for each, NaN where it is missing; of categories none."""

    kind: Kind
    numbers: Numbers | None = None
    note: str = ""


def meaning_of(texts: Sequence[str], row_of: Callable[[int], int]) -> Meaning:
    """Return what different texts mean; `row_of` a text's place is a row to name in an error.

    Raises UnusableData for what is ambiguous or damaged.
    """
    for reading in (_plain, _with_commas, _dates):
        if (found := reading(texts, row_of)) is not None:
            return found
    return Meaning("category")


def as_numbers(texts: Sequence[str], row_of: Callable[[int], int]) -> Meaning:
    """Return texts that are said to be numbers; raises UnusableData for one that is not."""
    for reading in (_plain, _with_commas):
        if (found := reading(texts, row_of)) is not None:
            return found
    numbers = [_number(text) for text in texts]
    place = next(at for at, number in enumerate(numbers) if number is None)
    raise UnusableData(f"{texts[place]!r} in row {row_of(place)} is no number")


def as_times(texts: Sequence[str], row_of: Callable[[int], int]) -> Meaning:
    """Return texts that are said to be times; raises UnusableData for one that is not."""
    found = _dates(texts, row_of)
    if found is None:
        raise UnusableData(
            f"{texts[0]!r} in row {row_of(0)} is no time; write them as 2026-03-31 or "
            "2026-03-31 12:30:00"
        )
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _plain(texts: Sequence[str], row_of: Callable[[int], int]) -> Meaning | None:
    """Read numbers with a point, and perhaps a mark for what is missing."""
    numbers = [_number(text) for text in texts]
    others = [at for at, number in enumerate(numbers) if number is None]
    marks = {texts[at] for at in others} & MARKS
    damaged = [at for at in others if texts[at] not in marks]
    known = len(texts) - len(others)
    if known and not damaged:
        values = np.array([np.nan if n is None else n for n in numbers])
        listed = ", ".join(map(repr, sorted(marks)))
        return Meaning("number", values, f"{listed} is taken as missing" if marks else "")
    if known >= NEARLY * len(texts) and not any(
        map(_could_be_commas, (texts[d] for d in damaged))
    ):
        at = damaged[0]
        raise UnusableData(
            f"{texts[at]!r} in row {row_of(at)} is no number, as the other values are; mend it, "
            "or say that the column is one of categories"
        )
    return None


def _could_be_commas(text: str) -> bool:
    return bool(COMMA.fullmatch(text) or GROUPED.fullmatch(text))


def _with_commas(texts: Sequence[str], row_of: Callable[[int], int]) -> Meaning | None:
    """Read decimal commas, or commas between thousands, whichever only fits."""
    read = [text for text in texts if text not in MARKS]
    marks = sorted({*texts} & MARKS)
    if not read or not any("," in text for text in read):
        return None
    decimal = all(map(COMMA.fullmatch, read))
    thousands = all(GROUPED.fullmatch(text) or _number(text) is not None for text in read)
    if decimal and thousands:
        at = next(place for place, text in enumerate(texts) if "," in text)
        raise UnusableData(
            f"{texts[at]!r} in row {row_of(at)} may be a number with a decimal comma or with a "
            "comma between thousands; write it with a decimal point"
        )
    if not decimal and not thousands:
        return None
    what = "decimal commas" if decimal else "commas between thousands"
    also = f", and {', '.join(map(repr, marks))} as missing" if marks else ""
    point = (lambda t: t.replace(".", "").replace(",", ".")) if decimal else _without_commas
    values = [np.nan if text in MARKS else float(point(text)) for text in texts]
    return Meaning("number", np.array(values), f"{what} are understood{also}")


def _without_commas(text: str) -> str:
    return text.replace(",", "")


def _dates(texts: Sequence[str], row_of: Callable[[int], int]) -> Meaning | None:
    """Read ISO dates and times, and dates with the year last where the order is clear."""
    if all(map(ISO.fullmatch, texts)):
        return Meaning("time", _days(texts, row_of, "ISO8601"), "taken as dates")
    matches = [DAY.fullmatch(text) for text in texts]
    found = [match for match in matches if match]
    if not found or len(found) < len(texts):
        return None
    if len({match[2] for match in found}) > 1 or len({bool(match[5]) for match in found}) > 1:
        raise UnusableData("has dates of several forms; write them all as 2026-03-31")
    mark = found[0][2]
    day_first = any(int(match[1]) > 12 for match in found) or mark == "."
    month_first = any(int(match[3]) > 12 for match in found)
    if day_first == month_first:
        raise UnusableData(
            f"{texts[0]!r} in row {row_of(0)} is a date of which day and month cannot be told "
            "apart; write them as 2026-03-31"
        )
    order = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    clock = found[0][5]
    if clock:
        order += " %H:%M:%S" if clock.count(":") > 1 else " %H:%M"
    which = "day first" if day_first else "month first"
    return Meaning("time", _days(texts, row_of, order), f"taken as dates, the {which}")


def _days(texts: Sequence[str], row_of: Callable[[int], int], order: str) -> Numbers:
    """Return days since 1970; times without a zone are UTC."""
    import pandas

    times = pandas.to_datetime(list(texts), format=order, errors="coerce", utc=True)
    return days_since_1970(times, lambda at: f"{texts[at]!r} in row {row_of(at)}")


def days_since_1970(times: Any, named: Callable[[int], str]) -> Numbers:
    """Return days since 1970 of a pandas index of times; raises UnusableData for one that is none.

    `named` says which it is.
    """
    if times.isna().any():
        raise UnusableData(f"{named(int(times.isna().argmax()))} is no date that exists")
    naive = times.tz_convert("UTC").tz_localize(None)
    seconds = naive.to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6
    days: Numbers = seconds / SECONDS_A_DAY
    return days
