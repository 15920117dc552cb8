"""What in an individual's genes is new, and what came from which parent.

The dominant parent (the father of a son, the mother of a daughter) gives every chromosome; those
that were crossed hold genes of the other too. What neither has is new: mutated, or between both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from genomes.genes import activation
from genomes.genes.formula import to_text
from genomes.genes.gene import Record, Value
from genomes.genes.genome import Genome

Source = Literal["new", "other"]
WIDEST = 28  # characters of a written value
ABSENT: Value = object()  # equal to no gene: None is what a gene that does not act has


@dataclass(frozen=True)
class Change:
    """A gene by its dotted name, in the dominant parent and in the child, as people write it."""

    gene: str
    before: str
    after: str
    source: Source


def dominant_parent(sex: str, parents: tuple[str, ...]) -> str | None:
    """Return the parent who gives the chromosomes; None for founders.

    See `evo.breeding.conception`.
    """
    if not parents:
        return None
    return parents[0] if sex == "female" else parents[-1]


def changes(child: Genome, dominant: Genome, other: Genome | None) -> list[Change]:
    """List where a child's expressed genes differ from its dominant parent's, in order."""
    found = []
    for name, genes in child.expressed().items():
        theirs = ABSENT if other is None else other.chromosomes.get(name, ABSENT)
        found += list(_differing(name, genes, dominant.chromosomes.get(name), theirs))
    return found


def gene_count(genome: Genome) -> int:
    """Return how many genes an individual expresses, those in lists one by one."""
    return sum(1 for _ in _leaves(genome.expressed()))


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif _has_places(value):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _has_places(value: Value) -> bool:
    """Tell lists whose items are genes of their own from formulas and marks, which are one."""
    return isinstance(value, tuple) and all(
        isinstance(item, Mapping | int | float) for item in value
    )


def _differing(name: str, child: Value, dominant: Value, other: Value) -> Iterator[Change]:
    """Yield differences below a gene, looking as deep as child and dominant parent are alike."""
    if child == dominant:
        return
    if isinstance(child, Mapping) and isinstance(dominant, Mapping):
        for inner, value in child.items():
            theirs = other.get(inner, ABSENT) if isinstance(other, Mapping) else ABSENT
            yield from _differing(f"{name}.{inner}", value, dominant.get(inner), theirs)
    elif _has_ids(child) and _has_ids(dominant):
        yield from _differing_by_id(name, child, dominant, other)
    elif _has_places(child) and _has_places(dominant) and len(child) == len(dominant):
        alike = _has_places(other) and len(other) == len(child)
        for place, value in enumerate(child):
            theirs = other[place] if alike else ABSENT
            yield from _differing(f"{name}.{place}", value, dominant[place], theirs)
    else:
        source: Source = "other" if child == other else "new"
        after = written(name, child)
        if _is_marks(name) and (changed := differing_signs(child, dominant)) is not None:
            after = f"{after}, {changed} changed"
        yield Change(name, written(name, dominant), after, source)


def _has_ids(value: Value) -> bool:
    """Tell lists whose items are told apart by their `id`, not by their place."""
    return isinstance(value, tuple) and all(
        isinstance(item, Mapping) and "id" in item for item in value
    )


def _differing_by_id(name: str, child: Value, dominant: Value, other: Value) -> Iterator[Change]:
    ours, before = ({item["id"]: item for item in items} for items in (child, dominant))
    theirs = {item["id"]: item for item in other} if _has_ids(other) else {}
    for identity in dict.fromkeys((*before, *ours)):
        place = f"{name}.{identity}"
        if identity in before and identity in ours:
            pair = ours[identity], before[identity]
            yield from _differing(place, *pair, theirs.get(identity, ABSENT))
        else:
            now, was = ours.get(identity), before.get(identity)
            source: Source = "other" if theirs and theirs.get(identity) == now else "new"
            yield Change(place, written(place, was), written(place, now), source)


def _is_marks(name: str) -> bool:
    return name == "epigenome.marks"


def written(name: str, value: Value) -> str:
    """Write a gene's value in a few characters."""
    text = _plain(name, value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _plain(name: str, value: Value) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return str(value["kind"]) if "kind" in value else f"{len(value)} genes"
    if isinstance(value, tuple):
        if name.endswith("_expression") and value:
            return to_text(value)
        if name.startswith("architecture.") and name.endswith(".activation"):
            return activation.to_text(value)
        if _is_marks(name):
            text = "".join(value)
            return f"{text.count('1')} of {len(text)} open"
        if not value or isinstance(value[0], Mapping | tuple):
            return f"{len(value)} item" + ("" if len(value) == 1 else "s")
        return ", ".join(_plain("", item) for item in value)
    return str(value)


def differing_signs(one: tuple[str, ...], two: tuple[str, ...]) -> int | None:
    """Count the marks in which two differ; None if they are of networks of different sizes."""
    if [len(stage) for stage in one] != [len(stage) for stage in two]:
        return None
    pairs = zip("".join(one), "".join(two), strict=True)
    return sum(a != b for a, b in pairs)


def birth_marks(genome: Genome) -> tuple[str, ...] | None:
    """Return the marks an individual was born with in place of those of its genes, if any."""
    found = genome.birth.get("marks")
    return None if found is None else tuple(found)


def own_marks(genome: Genome) -> tuple[str, ...]:
    """Return the marks of an individual's genes."""
    epigenome = genome.chromosomes.get("epigenome", Record())
    return tuple(epigenome.get("marks", ()))
