"""How numbers are written for people: shares, counts, durations, sparklines."""

from __future__ import annotations

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
MISSING = "–"  # what a table shows where there is nothing


def percent(share: float | None, digits: int = 1) -> str:
    """Write 0.981 as `98.1 %`."""
    return MISSING if _absent(share) else f"{100 * share:.{digits}f} %"  # type: ignore[operator]


def count(number: float | None) -> str:
    """Write 14021 as `14,021`."""
    return MISSING if _absent(number) else f"{round(number):,}"  # type: ignore[arg-type]


def short_count(number: float | None) -> str:
    """Write 3_410_000 as `3.41 M`; three figures, for what is only compared at a glance."""
    if _absent(number):
        return MISSING
    assert number is not None
    for size, unit in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}"


INHERITED = {  # by the setting `inherit`: what a child takes over
    "none": "nothing that was acquired in training",
    "marks": "channel masks",
    "weights": "trained weights",
    "all": "channel masks and trained weights",
}


def signed(number: float | None) -> str:
    """Write a correlation as `+0.71`."""
    return MISSING if _absent(number) else f"{number:+.2f}"


def duration(seconds: float | None) -> str:
    """Write seconds with the two units that matter: `48 s`, `2 min 10 s`, `3 h 05 min`."""
    if _absent(seconds):
        return MISSING
    assert seconds is not None
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(number: float | None) -> str:
    """Write bytes as `3.4 MB`, in powers of ten."""
    if _absent(number):
        return MISSING
    assert number is not None
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:.0f} bytes"


def sparkline(values: Sequence[float]) -> str:
    """Draw values as a row of bars, lowest to highest of them; gaps for values not finite."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(
        BARS[round((value - low) * scale)] if math.isfinite(value) else " " for value in values
    )


def _absent(number: float | None) -> bool:
    return number is None or not math.isfinite(number)
