"""What a gene is, and what it may say of itself: names within it, what a pin leaves, its columns.

A gene that says nothing of the kind has no other genes within, is fixed by a pin, and is seen by
predictors as the number it is, if it is one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from genomes.genes.value import Value

Path = tuple[str, ...]  # names of genes within genes, the outermost first


@dataclass(frozen=True)
class Columns:
    """Values of a gene as numbers for predictors: what the columns are called, what fills them.

    Names are what follows the gene's own: ".square", "=relu", or "" for the number itself.
    """

    names: tuple[str, ...] = ()
    write: Callable[[Value], list[float]] = lambda value: []

    def under(self, prefix: str) -> tuple[str, ...]:
        """Return the names behind a prefix."""
        return tuple(prefix + name for name in self.names)


@runtime_checkable
class Gene(Protocol):
    """One typed value: how it is drawn, varied, mixed and checked."""

    def sample(self, rng: random.Random) -> Value:
        """Draw a value."""

    def mutate(self, value: Value, rng: random.Random) -> Value:
        """Return a neighbour of `value`, different from it wherever the gene allows."""

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Value:
        """Return a mix of two values of this gene."""

    def check(self, value: Value) -> Value:
        """Return `value` in canonical type; raise ValueError saying what is allowed if not."""


@runtime_checkable
class Sibling(Protocol):
    """A gene that varies in another way beside other values of the same `Struct`."""

    def beside(self, siblings: Mapping[str, Value]) -> Gene:
        """Return the gene as it is beside these values."""


@runtime_checkable
class Pinnable(Protocol):
    """A gene that decides by itself what a pin leaves of it."""

    def pinned(self, value: Value) -> Gene:
        """Return the gene under a pin.

        Raises ValueError for a value that is not allowed, KeyError where no pin is.
        """


@runtime_checkable
class Compound(Protocol):
    """A gene that has others within it."""

    def names(self) -> Iterable[str]:
        """List the dotted names of the genes within that a pin may name; "" is the gene itself."""

    def pinned_within(self, path: Path, value: Value) -> Gene:
        """Return the gene with one within it pinned; KeyError for a name that does not exist."""


@runtime_checkable
class Encodable(Protocol):
    """A gene that says itself how predictors see its values."""

    def encode(self) -> Columns:
        """Return its columns, with numbers in [0, 1]."""


def names_of(gene: Gene) -> tuple[str, ...]:
    """List the dotted names within a gene that a pin may name; "" is the gene itself."""
    return tuple(gene.names()) if isinstance(gene, Compound) else ("",)


def encode(gene: Gene) -> Columns:
    """Return how predictors see the values of a gene."""
    if isinstance(gene, Encodable):
        return gene.encode()
    if isinstance(gene.sample(random.Random(0)), bool | int | float):
        return Columns(("",), lambda value: [float(value)])
    return Columns()
