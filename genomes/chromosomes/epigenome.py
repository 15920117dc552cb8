"""The epigenome: which channel groups are switched off at birth, and how that changes in life.

Marks are rows of "1" (on) and "0" (methylated, off), one row a stage, one sign a channel group.
Marks acquired in life enter a child at conception; the genome itself never changes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from genomes.genes.gene import Choice, Columns, Conditional, Integer, Real, Struct, Value

MAXIMUM_STAGES = 6  # stages of any family, its head included
GROUPS = 8
_OFF_AT_FOUNDING = 0.05

TEXTBOOK = {
    "marks": ("1" * GROUPS,) * MAXIMUM_STAGES,
    "initial_methylation": 0.0,
    "plasticity": 0.0,
    "apoptosis": False,
    "gate": "none",
}


@dataclass(frozen=True)
class Marks:
    """A gene of on/off signs: `rows` strings of `groups` characters, at least one "1" in each."""

    rows: int
    groups: int

    def sample(self, rng: random.Random) -> tuple[str, ...]:
        """Draw marks that are on but for one in twenty."""
        drawn = (
            "".join("0" if rng.random() < _OFF_AT_FOUNDING else "1" for _ in range(self.groups))
            for _ in range(self.rows)
        )
        return tuple(_alive(row, rng) for row in drawn)

    def mutate(self, value: Value, rng: random.Random) -> tuple[str, ...]:
        """Flip one sign; the last one that is on in a row moves to another place."""
        row, group = rng.randrange(self.rows), rng.randrange(self.groups)
        signs = value[row]
        flipped = signs[:group] + ("1" if signs[group] == "0" else "0") + signs[group + 1 :]
        if "1" not in flipped and self.groups > 1:
            other = rng.choice([place for place in range(self.groups) if place != group])
            flipped = flipped[:other] + "1" + flipped[other + 1 :]
        if "1" not in flipped:
            flipped = signs
        return (*value[:row], flipped, *value[row + 1 :])

    def crossover(self, a: Value, b: Value, rng: random.Random) -> tuple[str, ...]:
        """Cut each row once: the left part from one parent, the right from the other."""
        children = []
        for first, second in zip(a, b, strict=True):
            if rng.random() < 0.5:
                first, second = second, first
            cut = rng.randrange(self.groups + 1)
            child = first[:cut] + second[cut:]
            children.append(child if "1" in child else first)
        return tuple(children)

    def encode(self) -> Columns:
        """Encode each row by the share of its signs that are on."""
        names = tuple(f".{row}.on" for row in range(self.rows))
        return Columns(names, lambda value: [_share_on(row) for row in value[: self.rows]])

    def check(self, value: Value) -> tuple[str, ...]:
        wanted = f"{self.rows} strings of {self.groups} signs 0 or 1, with at least one 1 each"
        if not isinstance(value, list | tuple) or len(value) != self.rows:
            raise ValueError(f"received {value!r}, expected {wanted}")
        for row in value:
            if not isinstance(row, str) or len(row) != self.groups or not set(row) <= {"0", "1"}:
                raise ValueError(f"received {row!r}, expected {wanted}")
            if "1" not in row:
                raise ValueError(f"received {row!r}, which would silence a whole stage")
        return tuple(value)


def genes() -> Struct:
    """Return the genes of the chromosome.

    `initial_methylation` is the share of a stage's groups that are on which birth silences (those
    of the lowest initial weight norm), `plasticity` the share that may change in life,
    `heritability` the chance of a father's acquired sign to enter a child. `inherited_scale` is
    the share of inherited weights at birth; fresh ones make up the rest.

    `apoptosis` has channels damped whose outputs swing (`fitness.silencing.apoptosis` has the
    equations): beyond `apoptosis_threshold` times the mean variance of their site, by
    `apoptosis_rate` for what exceeds `apoptosis_tolerance`, looked at every `apoptosis_interval`
    steps.

    A contextual `gate` computes further marks from the input (`genomes.networks.gate`): they open
    above `gate_threshold`, each open one costs `gate_pressure` nats, and the history is blended by
    `gate_blend` with a memory of `gate_memory` patterns.
    """
    dies, gated = {"apoptosis": True}, {"gate": "contextual"}
    return Struct(
        {
            "marks": Marks(MAXIMUM_STAGES, GROUPS),
            "initial_methylation": Real(0.0, 0.5, skew=4.0),
            "plasticity": Real(0.0, 0.5, skew=3.0),
            "heritability": Real(0.0, 1.0),
            "inherited_scale": Real(0.3, 1.0),
            "apoptosis": Choice((False, True)),
            "apoptosis_threshold": Conditional(Real(1.0, 4.0), dies),
            "apoptosis_tolerance": Conditional(Real(0.5, 0.95), dies),
            "apoptosis_rate": Conditional(Real(0.1, 5.0, log=True), dies),
            "apoptosis_interval": Conditional(Integer(4, 64, log=True), dies),
            "gate": Choice(("none", "contextual")),
            "gate_threshold": Conditional(Real(0.2, 0.8), gated),
            "gate_pressure": Conditional(Real(0.001, 0.1, log=True), gated),
            "gate_blend": Conditional(Real(0.0, 1.0), gated),
            "gate_memory": Conditional(Choice((2, 4, 8)), gated),
        }
    )


def inherit(
    acquired: Sequence[str], own: Sequence[str], heritability: float, rng: random.Random
) -> tuple[str, ...]:
    """Mix a father's acquired marks into a child's own ones, sign by sign.

    Each sign is the father's with probability `heritability`. Rows that the father's network did
    not have are the child's own. A row never ends up silent: then it stays the child's own.
    """
    rows = []
    for index, row in enumerate(own):
        theirs = acquired[index] if index < len(acquired) else row
        draws = [rng.random() < heritability for _ in row]
        mixed = "".join(b if drawn else a for a, b, drawn in zip(row, theirs, draws, strict=True))
        rows.append(mixed if "1" in mixed else row)
    return tuple(rows)


def group_of(channel: int, channels: int, groups: int = GROUPS) -> int:
    """Return the group of a channel: groups divide the channels of a site into equal runs.

    With fewer channels than groups, each channel has a group of its own and some groups have none.
    """
    return channel * groups // channels


def channels_on(row: str, channels: int) -> tuple[bool, ...]:
    """Spread a row of marks over the channels of a site; if all were off, the first stays on."""
    states = tuple(
        row[group_of(channel, channels, len(row))] == "1" for channel in range(channels)
    )
    return states if any(states) else (True, *states[1:])


def _share_on(row: str) -> float:
    return row.count("1") / len(row) if row else 1.0


def _alive(row: str, rng: random.Random) -> str:
    if "1" in row:
        return row
    place = rng.randrange(len(row))
    return row[:place] + "1" + row[place + 1 :]
