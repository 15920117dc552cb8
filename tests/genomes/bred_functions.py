"""Random formulas of activation functions, for property tests."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from genomes.genes.activation import LANGUAGE, LIMIT, PRIMITIVES, X
from genomes.genes.language import Formula

CONSTANTS = (0.0, 1.0, -1.0, 0.5, 2.0, LIMIT, -LIMIT)
NODES, DEPTH = 15, 5


def grown(rng: random.Random, depth: int = DEPTH) -> Formula:
    """Draw a formula with as many edges from root to leaf at most."""
    if depth == 0 or rng.random() < 0.2:
        drawn = rng.choice(CONSTANTS) if rng.random() < 0.5 else rng.gauss(0.0, 1.0)
        return (X if rng.random() < 0.6 else drawn,)
    name = rng.choice(list(PRIMITIVES))
    parts = [grown(rng, depth - 1) for _ in range(LANGUAGE.arity(name))]
    return (name, *(token for part in parts for token in part))


def drawn(seed: int) -> Formula:
    """Draw a formula of x that is small enough for the gene."""
    rng = random.Random(seed)
    while True:
        formula = grown(rng)
        if X in formula and len(formula) <= NODES:
            return formula


FORMULAS = st.integers(0, 2**32).map(drawn)
EVERYWHERE = st.lists(st.floats(-LIMIT, LIMIT, width=32), min_size=1, max_size=8).map(
    lambda numbers: [*numbers, 0.0, -0.0, 1e-30, -1e-30, 1.0, -1.0, LIMIT, -LIMIT]
)
