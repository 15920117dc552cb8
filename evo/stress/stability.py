"""Do answers stay the same where an input hardly changes? Least shifts, least noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fitness.stress.input_facts import Array, InputFacts
from fitness.stress.moving import directions, moved
from fitness.target import Target

LEAST = 0.001  # of the range, or of the deviation of a number of a row
DRAWS = 5
MOVED = 0.01  # deviations of a value, beyond which an answer counts as another


def hardly_changed(x: Array, facts: InputFacts, seed: int) -> Iterator[tuple[str, Array]]:
    """Yield inputs (N, ...) that differ little, under what was done to them."""
    if facts.kind != "rows":
        place = "pixel" if facts.kind == "images" else "sample"
        for axis, sign in directions(x):
            yield f"shift by a {place}", moved(x, axis, sign)
    scale = facts.deviation if facts.kind == "rows" else facts.range
    count = facts.numbers if facts.kind == "rows" else x.shape[1]
    unit = "deviation" if facts.kind == "rows" else "range"
    for draw in range(DRAWS if count else 0):
        noise = np.random.default_rng([seed, 2, draw]).standard_normal(
            (len(x), count, *x.shape[2:])
        )
        found = x.copy()
        found[:, :count] += (LEAST * scale * noise).astype(x.dtype)
        yield f"noise of a thousandth of the {unit}", found


def changed(before: Array, after: Array, target: Target) -> Array:
    """Tell which answers (N, outputs) are others: the class, any label, or a value that moved."""
    if is_ranked(target):
        return np.asarray(before.argmax(axis=1) != after.argmax(axis=1))
    if target.units is None:  # labels
        return np.asarray(((before > 0) != (after > 0)).any(axis=1))
    scale = np.array(target.units[0])
    return np.asarray((np.abs(after - before) > MOVED * scale).any(axis=1))


def is_ranked(target: Target) -> bool:
    """Tell whether of all outputs of a target the greatest is the answer, as of classes."""
    return target.reading is not None and target.reading.ranked
