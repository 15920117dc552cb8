"""The expression gene: a formula that genetic programming varies (DEAP's tree operators).

DEAP draws from Python's global `random`. Around each of its calls that state is seeded from the
`rng` passed in and put back afterwards, so the operators here are pure. DEAP only varies trees;
its language decides what a formula computes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from deap import gp

from genomes.genes import formula
from genomes.genes.gene import Columns, Value
from genomes.genes.language import Formula, Language

CONSTANT = "<constant>"  # stands in DEAP's trees for a constant that is still to be drawn
ATTEMPTS = 8  # variations tried before giving up on one that keeps within the limits


@contextmanager
def deap_randomness(rng: random.Random) -> Iterator[None]:
    """Seed the global `random` from `rng` for DEAP, and restore its state afterwards."""
    state = random.getstate()
    random.seed(rng.getrandbits(64))
    try:
        yield
    finally:
        random.setstate(state)


@cache
def _primitive_set(language: Language, terminals: tuple[str, ...]) -> Any:
    primitives = gp.PrimitiveSet("formula", 0)
    for name, arity in language.arities.items():
        primitives.addPrimitive(None, arity, name=name)  # DEAP never computes anything
    for name in (*terminals, CONSTANT):
        primitives.addTerminal(name, name=name)
    return primitives


@dataclass(frozen=True)
class Expression:
    """A formula over named terminals with at most `maximum_nodes` tokens.

    `maximum_depth` counts the edges from the root to the deepest leaf.
    """

    terminals: tuple[str, ...]
    maximum_nodes: int = 25
    maximum_depth: int = 6
    language: Language = formula.LANGUAGE

    def __post_init__(self) -> None:
        clash = sorted(set(self.terminals) & {*self.language.arities, CONSTANT})
        if not self.terminals or clash:
            raise ValueError(
                f"received terminals {self.terminals}; at least one is needed and none may be "
                f"called like a primitive ({', '.join(self.language.arities)})"
            )
        if self.maximum_nodes < 3 or self.maximum_depth < 1:
            raise ValueError(
                f"received maximum_nodes={self.maximum_nodes}, maximum_depth="
                f"{self.maximum_depth}; at least 3 nodes and depth 1 are needed"
            )

    def sample(self, rng: random.Random) -> Formula:
        """Draw a formula by ramped half-and-half (Koza 1992), depth 1 to 3."""
        deepest = min(3, self.maximum_depth)
        generate = partial(gp.genHalfAndHalf, self._primitives, 1, deepest)
        return self._first(lambda: generate(), lambda _: True, rng) or (self.terminals[0],)

    def mutate(self, value: Value, rng: random.Random) -> Formula:
        """Grow or shrink a subtree, swap a token for one of its arity, or move a constant."""
        operators = [self._grow, self._grow, self._shrink, self._swap]
        if any(isinstance(token, float) for token in value):
            operators += [self._move_constant, self._move_constant]
        operator = rng.choice(operators)
        differs = partial(_differs, value)
        varied = self._first(partial(operator, value), differs, rng)
        return varied or self._first(partial(self._swap, value), differs, rng) or tuple(value)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Formula:
        """Replace a subtree of one parent by a subtree of the other."""
        if rng.random() < 0.5:
            a, b = b, a
        grafted = self._first(
            lambda: gp.cxOnePoint(self._tree(a), self._tree(b))[0], lambda _: True, rng
        )
        return grafted or tuple(a)

    def check(self, value: Value) -> Formula:
        """Return the formula with float constants; raise ValueError saying what is wrong."""
        checked = self.language.check(value, self.terminals)
        if not self._fits(checked):
            raise ValueError(
                f"received a formula with {len(checked)} nodes and depth "
                f"{self.language.depth(checked)}; at most {self.maximum_nodes} and "
                f"{self.maximum_depth} are allowed"
            )
        return checked

    def encode(self) -> Columns:
        """Encode the size alone."""
        return Columns((".nodes",), lambda value: [len(value) / self.maximum_nodes])

    @property
    def _primitives(self) -> Any:
        return _primitive_set(self.language, self.terminals)

    def _fits(self, value: Formula) -> bool:
        return (
            len(value) <= self.maximum_nodes and self.language.depth(value) <= self.maximum_depth
        )

    def _first(
        self, draw: Callable[[], Any], accept: Callable[[Formula], bool], rng: random.Random
    ) -> Formula | None:
        """Return the first of a few drawn trees that is accepted and within the limits."""
        with deap_randomness(rng):
            for _ in range(ATTEMPTS):
                drawn = _formula(draw())
                if accept(drawn) and self._fits(drawn):
                    return drawn
        return None

    def _grow(self, value: Formula) -> Any:
        subtree = partial(gp.genGrow, min_=0, max_=2)
        return gp.mutUniform(self._tree(value), subtree, self._primitives)[0]

    def _shrink(self, value: Formula) -> Any:
        return gp.mutShrink(self._tree(value))[0]

    def _swap(self, value: Formula) -> Any:
        position = random.randrange(len(value))
        arity = self.language.arity(value[position])
        twins = [name for name, count in self.language.arities.items() if count == arity]
        tree = self._tree(value)
        chosen = random.choice(twins or (*self.terminals, CONSTANT))
        list.__setitem__(tree, position, self._node(chosen))
        return tree

    def _move_constant(self, value: Formula) -> Any:
        positions = [i for i, token in enumerate(value) if isinstance(token, float)]
        position = random.choice(positions)
        constant = float(value[position])
        moved = constant + random.gauss(0.0, 0.3 * (1.0 + abs(constant)))
        tree, limit = self._tree(value), self.language.limit
        list.__setitem__(tree, position, self._node(max(-limit, min(limit, moved))))
        return tree

    def _node(self, token: str | float) -> Any:
        if self.language.arity(token):
            assert isinstance(token, str)
            return _primitive_set(self.language, ()).mapping[token]
        return gp.Terminal(token, isinstance(token, str), object)

    def _tree(self, value: Formula) -> Any:
        return gp.PrimitiveTree([self._node(token) for token in value])


def _differs(value: Formula, drawn: Formula) -> bool:
    return drawn != tuple(value)


def _formula(tree: Any) -> Formula:
    """Read a DEAP tree back; constants still to be drawn get a standard normal value."""
    tokens = (node.value if node.arity == 0 else node.name for node in tree)
    return tuple(
        _rounded(random.gauss(0.0, 1.0)) if t == CONSTANT else _constant(t) for t in tokens
    )


def _constant(token: str | float) -> str | float:
    return token if isinstance(token, str) else _rounded(token)


def _rounded(constant: float) -> float:
    return float(f"{constant:.4g}")
