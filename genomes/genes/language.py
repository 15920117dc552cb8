"""Languages of formulas as plain data: what is the same for all of them.

A formula is a flat tuple in prefix order: a number is a constant, a primitive's name is followed
by its arguments, any other name is a terminal: `("add", "x", 0.5)` is x + 0.5. What primitives
compute is up to the user of the language; nothing here calls Python's `eval`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from genomes.genes.registry import suggest

Formula = tuple[str | float, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Language:
    """The primitives of a language, each with the number of its arguments.

    Constants lie within +-`limit`. Languages of equal names are equal.
    """

    name: str
    arities: Mapping[str, int] = field(compare=False)
    limit: float = field(compare=False)

    def arity(self, token: str | float) -> int:
        """Return how many arguments a token takes; terminals and constants take none."""
        return self.arities.get(token, 0) if isinstance(token, str) else 0

    def depth(self, formula: Formula) -> int:
        """Return the number of edges from the root to the deepest leaf (a lone leaf has 0)."""
        deepest, pending = 0, [0]
        for token in formula:
            level = pending.pop()
            deepest = max(deepest, level)
            pending.extend([level + 1] * self.arity(token))
        return deepest

    def fold(
        self,
        formula: Formula,
        leaf: Callable[[str | float], T],
        join: Callable[[str, list[T]], T],
    ) -> T:
        """Reduce a checked formula: `leaf` is asked for terminals and constants, `join` for the
        primitives with what became of their arguments.
        """
        stack: list[T] = []
        for token in reversed(formula):  # prefix order, read backwards: arguments come first
            count = self.arity(token)
            if count:
                stack.append(join(str(token), [stack.pop() for _ in range(count)]))
            else:
                stack.append(leaf(token))
        return stack[0]

    def check(self, formula: Sequence[Any], terminals: Sequence[str]) -> Formula:
        """Return the formula in canonical type (constants as floats).

        Raises ValueError for unknown names, numbers that are not finite or beyond the limit, and
        token sequences that are no complete formula.
        """
        if isinstance(formula, str) or not isinstance(formula, Sequence):
            raise ValueError(f"received {formula!r}, expected a formula: a list in prefix order")
        missing, tokens = 1, []
        for token in formula:
            if not missing:
                break
            tokens.append(self._check_token(token, terminals))
            missing += self.arity(tokens[-1]) - 1
        if missing or len(tokens) != len(formula):
            fault = (
                f"{missing} arguments are missing" if missing else "tokens follow after its end"
            )
            raise ValueError(f"received the formula {list(formula)!r}, but {fault}")
        return tuple(tokens)

    def _check_token(self, token: Any, terminals: Sequence[str]) -> str | float:
        if isinstance(token, str):
            if token not in self.arities and token not in terminals:
                raise ValueError(suggest("name in a formula", token, [*self.arities, *terminals]))
            return token
        if isinstance(token, bool) or not isinstance(token, int | float):
            raise ValueError(f"received {token!r} in a formula, expected a name or a number")
        if not math.isfinite(token) or abs(token) > self.limit:
            raise ValueError(
                f"received the constant {token!r}, allowed are -{self.limit:g} to {self.limit:g}"
            )
        return float(token)
