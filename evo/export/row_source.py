"""Writes the function of `model.py` that turns a row of a table, by name, into inputs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from fitness.data.inputs.table_column import Column, numbers_of

WIDTH = 92
SOURCE = '''

NUMBERS = [
{numbers}
]
TIMES = {times}  # of these: they become days since 1970
CATEGORIES = {{
{categories}
}}


def inputs_of(row: dict) -> Tensor:
    """Return the inputs (1, {width}) of a row: a value for each column, by its name.

    None, NaN, "" and a name that is not there are missing; a category that is not listed is taken
    as one that training had too rarely. Times are datetimes or ISO texts, in UTC without a zone.
    """
    if unknown := sorted(row.keys() - {{*NUMBERS, *CATEGORIES}}):
        raise ValueError(f"received columns {{unknown}}, expected {{[*NUMBERS, *CATEGORIES]}}")
    values = [_number(row.get(name), name in TIMES) for name in NUMBERS]
    for name, known in CATEGORIES.items():
        text = _text(row.get(name))
        values.append(known.index(text) if text in known else len(known))
    return torch.tensor([values], dtype=torch.{kind})


def _number(value, is_time: bool) -> float:
    if value is None or value == "":
        return math.nan
    if is_time and not isinstance(value, (int, float)):
        time = value if hasattr(value, "timestamp") else datetime.fromisoformat(value)
        time = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
        return time.timestamp() / 86400
    return float(value)


def _text(value) -> str:
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())
'''


def row_source(columns: Sequence[Column], kind: str) -> str:
    """Return the source, for inputs of a `kind`, float32 or float64; empty without columns."""
    if not columns:
        return ""
    count = numbers_of(columns)
    times = [column.name for column in columns if column.kind == "time"]
    categories = [
        f"{column.name!r}: [\n{wrapped(column.categories)}\n]," for column in columns[count:]
    ]
    return SOURCE.format(
        numbers=wrapped([column.name for column in columns[:count]]),
        times=times,
        categories=textwrap.indent("\n".join(categories), " " * 4),
        width=len(columns),
        kind=kind,
    )


def wrapped(texts: Sequence[str]) -> str:
    """Write texts as they stand in a list, several in a line; no text is broken."""
    lines, line = [], ""
    for text in texts:
        item = f"{text!r}, "
        if line and len(line) + len(item) > WIDTH - 8:
            lines.append(line.rstrip())
            line = ""
        line += item
    return textwrap.indent("\n".join([*lines, line.rstrip()]), " " * 4)
