"""Writes the function of `model.py` that words outputs: names, and what was found of each."""

from __future__ import annotations

from evo.export.row_source import wrapped
from fitness.target import Target

SOURCE = '''

{constant} = [
{names}
]


def answers_of(outputs: Tensor) -> list[dict[str, float]]:
    """Return for each example {meaning}{order}."""
    numbers = {source}.tolist()
    return [{row} for row in numbers]
'''
PLAIN = "dict(zip({constant}, row))"
RANKED = "dict(sorted(zip({constant}, row), key=lambda pair: -pair[1]))"


def answer_source(target: Target) -> str:
    """Return the source; empty where outputs are given out as they are."""
    reading = target.reading
    if reading is None:
        return ""
    constant = target.kind.upper().replace("-", "_")
    return SOURCE.format(
        constant=constant,
        names=wrapped(target.names or tuple(map(str, range(target.outputs)))),
        meaning=reading.meaning,
        order=", the likeliest first" if reading.ranked else "",
        source=reading.source,
        row=(RANKED if reading.ranked else PLAIN).format(constant=constant),
    )
