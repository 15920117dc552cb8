"""Chooses mechanisms by name, and pins the genes of those that a run does without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genomes.genes.gene import Value
from genomes.genes.registry import Registry

MECHANISMS = Registry("mechanism", "genomes.mechanisms")
ALL, NONE = "all", "none"


def usual(*, given_teaches: bool = False) -> tuple[str, ...]:
    """List the mechanisms of runs that say nothing else.

    Where a given network teaches, some are usual that are not otherwise.
    """
    attributes = ("DEFAULT", "DEFAULT_WHERE_GIVEN_TEACHES")[: 1 + given_teaches]

    def is_usual(name: str) -> bool:
        return any(getattr(MECHANISMS.load(name), one, False) for one in attributes)

    return tuple(name for name in MECHANISMS.names() if is_usual(name))


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Return the mechanisms that are meant: `all`, `none`, or a list of names.

    Raises ValueError for a name that does not exist, or for `all` or `none` beside others.
    """
    if ALL in names or NONE in names:
        if len(names) > 1:
            raise ValueError(f"received mechanisms {', '.join(names)}: {ALL} and {NONE} go alone")
        return tuple(MECHANISMS.names()) if names[0] == ALL else ()
    for name in names:
        MECHANISMS.load(name)
    return tuple(sorted(set(names)))


def sees_whole_inputs(name: str) -> bool:
    """Tell whether a mechanism looks at all positions of an input, those to come included."""
    return bool(getattr(MECHANISMS.load(name), "SEES_WHOLE_INPUTS", False))


def switching_off(names: Sequence[str]) -> dict[str, Value]:
    """Return the pins that switch off every mechanism but those that are `chosen`."""
    wanted = chosen(names)
    pins: dict[str, Value] = {}
    for name in MECHANISMS.names():
        if name not in wanted:
            off: Mapping[str, Value] = MECHANISMS.load(name).OFF
            pins.update(off)
    return pins
