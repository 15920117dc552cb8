"""The gene of an activation function: one of five names, or a formula bred from their trees.

DEAP varies the trees (see `genomes.genes.expression`) and is loaded only where one is varied:
decoding never needs it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from genomes.genes import activation
from genomes.genes.activation import (
    ACTIVATIONS,
    LANGUAGE,
    MAXIMUM_DEPTH,
    MAXIMUM_NODES,
    Function,
    X,
)
from genomes.genes.gene import Choice, Columns, Fixed, Gene, Value
from genomes.genes.language import Formula

FRESH = 0.2  # of fresh draws are drawn trees, the others have names
RENAMED = 0.25  # of mutations take another name
WHOLE = 0.5  # of crossings take the function of one parent as it is
POINTS = (-3.0, -1.0, 0.0, 1.0, 3.0)  # where predictors see the value of a function
ATTEMPTS = 8  # trees tried before giving up on a new function within the limits


@dataclass(frozen=True)
class ActivationGene:
    """A function by name or as a formula, within the limits of `genomes.genes.activation`.

    Values are in the form that `genomes.genes.activation.check` returns, so equal ways of writing
    a function are equal values.
    """

    def sample(self, rng: random.Random) -> Function:
        """Draw a name, now and then a tree."""
        drawn = None
        if rng.random() < FRESH:
            drawn = self._first(lambda: self._trees.sample(rng), lambda _: True)
        return drawn or rng.choice(ACTIVATIONS)

    def mutate(self, value: Value, rng: random.Random) -> Function:
        """Take another name, or vary the tree by one of the operators of `Expression`."""
        varied = None
        if rng.random() >= RENAMED:
            tree = activation.tree(value)
            varied = self._first(lambda: self._trees.mutate(tree, rng), lambda f: f != value)
        return varied or rng.choice([name for name in ACTIVATIONS if name != value])

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Function:
        """Take the function of one parent, or put a subtree of one into the tree of the other."""
        if rng.random() < 0.5:
            a, b = b, a
        grafted = None
        if a != b and rng.random() >= WHOLE:
            one, other = activation.tree(a), activation.tree(b)
            grafted = self._first(lambda: self._trees.crossover(one, other, rng), lambda _: True)
        return grafted or (a if isinstance(a, str) else tuple(a))

    def check(self, value: Value) -> Function:
        """Return the function in canonical form; raise ValueError saying what is wrong."""
        return activation.check(value)

    def pinned(self, value: Value) -> Gene:
        """Return what a pin leaves: several names are a choice among them, anything else is fixed.

        Raises ValueError for a function that is not allowed.
        """
        if isinstance(value, tuple) and value and set(value) <= set(ACTIVATIONS):
            return Choice(value)
        return Fixed(self.check(value))

    def encode(self) -> Columns:
        """Encode a function by its name, if it has one, its size and its bent at a few points."""
        named = Choice(ACTIVATIONS).encode()

        def write(value: Value) -> list[float]:
            size = len(activation.tree(value)) / MAXIMUM_NODES
            return [*named.write(value), size, *_bent(value)]

        points = (f"({point:g})" for point in POINTS)
        return Columns((*named.names, ".nodes", *points), write)

    @cached_property
    def _trees(self) -> Gene:
        from genomes.genes.expression import Expression  # brings deap along

        return Expression((X,), MAXIMUM_NODES, MAXIMUM_DEPTH, LANGUAGE)

    def _first(
        self, draw: Callable[[], Formula], accept: Callable[[Function], bool]
    ) -> Function | None:
        """Return the first of a few drawn trees that depends on x and is accepted, simplified."""
        for _ in range(ATTEMPTS):
            drawn = draw()
            if X not in drawn:
                continue
            try:
                function = _rounded(activation.check(drawn))
            except ValueError:  # x has cancelled out
                continue
            if accept(function):
                return function
        return None


@lru_cache(maxsize=4096)
def _bent(function: Function) -> tuple[float, ...]:
    """Return a function's values at `POINTS`, squashed to [0, 1]."""
    values = activation.evaluate(function, np.array(POINTS))
    return tuple((0.5 + 0.5 * np.tanh(0.5 * values)).tolist())


def _rounded(function: Function) -> Function:
    """Round constants to four digits, as `genomes.genes.expression` does.

    Folding makes longer ones.
    """
    if isinstance(function, str):
        return function
    return activation.check([t if isinstance(t, str) else float(f"{t:.4g}") for t in function])
