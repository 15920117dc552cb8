"""How far apart two genomes are: what keeps species apart.

A gene that offers `distance(a, b)` decides, all that do together where there are several; in
other spaces it is the Euclidean distance of the genomes as numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np

from genomes.genes.encoding import Encoding
from genomes.genes.gene import Sibling, Struct, Value
from genomes.genes.genome import Genome, Space

Distance = Callable[[Genome, Genome], float]
CACHED = 4096  # genomes whose numbers are kept


@runtime_checkable
class Comparable(Protocol):
    """A gene that can tell how far apart two of its values are."""

    def distance(self, a: Value, b: Value) -> float:
        """Return zero for equal values, more the less they have in common."""


def graphs(space: Space) -> tuple[str, ...]:
    """Name the chromosomes that males express with genes that offer a distance."""
    return tuple(
        name
        for name, struct in space.chromosomes.items()
        if name != "predictor" and any(True for _ in _comparable(struct, ()))
    )


def distance_of(space: Space) -> Distance:
    """Return the distance between males of a space."""
    own = {name: gene for name, gene in space.chromosomes.items() if name != "predictor"}
    comparable = list(_comparable(Struct(own), ()))
    if not comparable:
        return _by_numbers(Struct(own))

    def distance(a: Genome, b: Genome) -> float:
        total = 0.0
        for path, name, gene, is_sibling in comparable:
            ours: Value = a.chromosomes
            theirs: Value = b.chromosomes
            for step in path:
                ours, theirs = ours[step], theirs[step]
            if is_sibling:  # as it is beside the first genome's values
                gene = gene.beside(ours)
            total += gene.distance(ours[name], theirs[name])
        return total

    return distance


def _comparable(
    struct: Struct, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, Any, bool]]:
    """Yield the way to each gene that offers a distance, and whether it minds its siblings."""
    for name, gene in struct.fields.items():
        if isinstance(gene, Struct):
            yield from _comparable(gene, (*path, name))
        elif isinstance(gene, Comparable):
            yield path, name, gene, isinstance(gene, Sibling)


def _by_numbers(struct: Struct) -> Distance:
    encoding = Encoding(struct)
    known: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}

    def numbers(genome: Genome) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if genome.id not in known:
            if len(known) >= CACHED:
                known.clear()
            known[genome.id] = encoding.vector(genome.chromosomes)
        return known[genome.id]

    return lambda a, b: float(np.linalg.norm(numbers(a) - numbers(b)))
