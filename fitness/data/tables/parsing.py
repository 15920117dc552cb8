"""Turns one column of a table, as pandas read it, into numbers or into codes of its texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.inputs.table_column import KINDS, Column, Kind
from fitness.data.tables.meaning import (
    Meaning,
    as_numbers,
    as_times,
    days_since_1970,
    meaning_of,
)

IGNORE = "ignore"
STATED: Mapping[str, Callable[..., Meaning]] = {"number": as_numbers, "time": as_times}

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parsed:
    """A column of all rows: `numbers` (N,), NaN where missing; or `codes` (N,) of `texts`, or -1.

    `is_whole` tells that the numbers were written without fractions.
    """

    name: str
    kind: Kind
    numbers: Numbers
    codes: Codes
    texts: tuple[str, ...] = ()
    is_whole: bool = False
    note: str = ""

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which rows lack it (N,)."""
        return self.codes < 0 if self.kind == "category" else np.isnan(self.numbers)

    @property
    def raw(self) -> Numbers:
        """Numbers that are equal where the column is (N,)."""
        return self.codes.astype(np.float64) if self.kind == "category" else self.numbers

    def shown(self, value: float) -> str:
        """Return one of the numbers as a text: a date of a time."""
        if self.kind != "time":
            return f"{value:g}"
        return str(np.datetime64(round(value * 86400), "s")).removesuffix("T00:00:00")

    def chosen(self, rows: npt.NDArray[np.bool_]) -> Parsed:
        """Return the column of some rows."""
        of_codes = self.codes[rows] if self.kind == "category" else self.codes
        of_numbers = self.numbers if self.kind == "category" else self.numbers[rows]
        return Parsed(
            self.name, self.kind, of_numbers, of_codes, self.texts, self.is_whole, self.note
        )


NO_NUMBERS: Numbers = np.empty(0)
NO_CODES: Codes = np.empty(0, dtype=np.int64)


def parsed(name: str, series: Any, stated: str | None = None) -> Parsed:
    """Return a column; `stated` is its kind if somebody said it.

    Raises UnusableData, naming column and row, for what cannot be used.
    """
    if stated is not None and stated not in KINDS:
        allowed = ", ".join((*KINDS, IGNORE))
        raise UnusableData(f"column {name!r}: received kind {stated!r}, expected one of {allowed}")
    try:
        if stated != "category" and series.dtype.kind in "biuf":
            return _of_numbers(name, series, stated)
        if series.dtype.kind == "M" and stated != "category":
            return _of_times(name, series)
        return _of_texts(name, series, stated)
    except UnusableData as error:
        raise UnusableData(f"column {name!r}: {error}") from None


def coded(column: Parsed, known: Column) -> Numbers:
    """Return the codes (N,) of a column as networks take them, by categories that are known."""
    places = {text: place for place, text in enumerate(known.categories)}
    other = len(places)
    # The last one is that of rows without a text: -1 finds it.
    table = np.array([places.get(text, other) for text in (*column.texts, "")], dtype=np.float64)
    found: Numbers = table[column.codes]
    return found


def _of_numbers(name: str, series: Any, stated: str | None) -> Parsed:
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    _check_finite(values)
    whole = series.dtype.kind in "biu" or bool((np.floor(values) == values).all())
    kind: Kind = "time" if stated == "time" else "number"
    return Parsed(name, kind, values, NO_CODES, is_whole=whole)


def _of_times(name: str, series: Any) -> Parsed:
    import pandas

    times: Any = pandas.DatetimeIndex(pandas.to_datetime(series, utc=True))
    values = np.full(len(times), np.nan)
    there = ~times.isna()
    values[there] = days_since_1970(times[there], lambda at: f"time {at}")
    return Parsed(name, "time", values, NO_CODES)


def _of_texts(name: str, series: Any, stated: str | None) -> Parsed:
    codes, texts = _factorized(series)
    if stated == "category":
        return Parsed(name, "category", NO_NUMBERS, codes, texts)
    if not texts:
        return Parsed(name, "number", np.full(len(codes), np.nan), NO_CODES)

    def row_of(place: int) -> int:
        return int((codes == place).argmax()) + 1

    found = (STATED[stated] if stated else meaning_of)(texts, row_of)
    if found.numbers is None:
        return Parsed(name, "category", NO_NUMBERS, codes, texts)
    values = np.append(found.numbers, np.nan)[codes]  # the last one where there is no text
    _check_finite(values)
    whole = bool((np.floor(values) == values).all())
    return Parsed(name, found.kind, values, NO_CODES, is_whole=whole, note=found.note)


def _factorized(series: Any) -> tuple[Codes, tuple[str, ...]]:
    """Return codes (N,) and the different texts, in order of appearance; -1 where is none."""
    import pandas

    try:
        codes, values = pandas.factorize(series)
    except TypeError:
        raise UnusableData(
            "holds values of several parts; give each a column of its own"
        ) from None
    texts = [_text(value) for value in values]
    different = tuple(dict.fromkeys(text for text in texts if text))
    if len(different) == len(texts):
        return codes.astype(np.int64), different
    places = {text: place for place, text in enumerate(different)}
    table = np.array([*(places.get(text, -1) for text in texts), -1], dtype=np.int64)
    return table[codes], different


def _text(value: Any) -> str:
    """Return a value as text; whole numbers alike, of whichever type pandas read them."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return " ".join(str(value).split())


def _check_finite(values: Numbers) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        raise UnusableData(
            f"row {int(infinite.argmax()) + 1} is infinite ({int(infinite.sum()):,} rows in all); "
            "leave it empty, or give a number"
        )
