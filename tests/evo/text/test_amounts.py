"""Numbers as people read them."""

import math

import pytest

from evo.text.amounts import count, duration, percent, short_count, signed, sparkline


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent(0.98123), "98.1 %"),
        (percent(0.98123, 2), "98.12 %"),
        (percent(None), "–"),
        (percent(math.nan), "–"),
        (count(14021), "14,021"),
        (count(2.6), "3"),
        (short_count(3_410_000), "3.41 M"),
        (short_count(1e13), "10 T"),
        (short_count(12), "12"),
        (signed(0.714), "+0.71"),
        (signed(-0.2), "-0.20"),
        (duration(48.4), "48 s"),
        (duration(130), "2 min 10 s"),
        (duration(11_100), "3 h 05 min"),
        (duration(None), "–"),
        (sparkline([0, 1, 2, 7]), "▁▂▃█"),
        (sparkline([3, 3]), "▁▁"),
        (sparkline([0, math.nan, 1]), "▁ █"),
        (sparkline([]), ""),
    ],
)
def test_amounts(written: str, expected: str) -> None:
    assert written == expected
