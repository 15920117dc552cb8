"""What texts of a column mean: numbers, dates, categories; and what leaves it open."""

from __future__ import annotations

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.tables.meaning import meaning_of


def row_of(place: int) -> int:
    return place + 1


@pytest.mark.parametrize(
    ("texts", "numbers", "note"),
    [
        (["1", "2.5", "-3e2"], [1, 2.5, -300], ""),
        (["1", "?", "2"], [1, np.nan, 2], "'?' is taken as missing"),
        (["1,5", "2", "0,25"], [1.5, 2, 0.25], "decimal commas"),
        (["1.234,5", "7"], [1234.5, 7], "decimal commas"),
        (["1,234.5", "7"], [1234.5, 7], "commas between thousands"),
        (["1,234,567", "8"], [1234567, 8], "commas between thousands"),
        (["1,5", "-"], [1.5, np.nan], "'-' as missing"),
    ],
)
def test_numbers_are_read_as_they_can_only_be_meant(
    texts: list[str], numbers: list[float], note: str
) -> None:
    found = meaning_of(texts, row_of)
    assert found.kind == "number"
    assert found.numbers is not None
    np.testing.assert_array_equal(found.numbers, numbers)
    assert note in found.note


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["1970-01-02", "1970-01-01"], [1, 0]),
        (["1970-01-01 12:00", "1970-01-02 00:00"], [0.5, 1]),
        (["1970-01-02T00:00:00+01:00"], [1 - 1 / 24]),
        (["02.01.1970", "01.01.1970"], [1, 0]),
        (["13/01/1970", "01/01/1970"], [12, 0]),
        (["01/13/1970", "01/01/1970"], [12, 0]),
    ],
)
def test_dates_are_days_since_1970(texts: list[str], days: list[float]) -> None:
    found = meaning_of(texts, row_of)
    assert found.kind == "time"
    assert found.numbers is not None
    np.testing.assert_allclose(found.numbers, days, rtol=1e-12)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["1,234", "5,678"], "'1,234' in row 1 may be a number with a decimal comma or"),
        (["01/02/2020", "03/04/2020"], "day and month cannot be told apart"),
        (["13/01/2020", "01/13/2020"], "day and month cannot be told apart"),
        (["13/01/2020", "14.01.2020"], "several forms"),
        (["2020-01-01", "2020-02-31"], "'2020-02-31' in row 2 is no date that exists"),
        (["1", "2", "3", "4", "5 kg"], "'5 kg' in row 5 is no number, as the other values are"),
    ],
)
def test_what_may_be_read_in_two_ways_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        meaning_of(texts, row_of)


@pytest.mark.parametrize("texts", [["a", "b"], ["1", "2", "A"], ["2020", "x"], ["a,b", "c"]])
def test_all_else_are_categories(texts: list[str]) -> None:
    assert meaning_of(texts, row_of).kind == "category"
