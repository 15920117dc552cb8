"""Rewrites a bred function in the one form that all equal ways of writing it share.

Every rule keeps the value of every step, clamped as it is, so what is simplified computes the same
up to the rounding of folded constants. Simplifying twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain

from genomes.genes.language import Formula, Language

Fold = Callable[[str, list[float]], float]  # computes a primitive of constants
ZERO, ONE, MINUS_ONE = (0.0,), (1.0,), (-1.0,)
COMMUTATIVE = ("add", "mul", "max", "min")


def simplify(formula: Formula, language: Language, fold: Fold) -> Formula:
    """Fold constants, drop what changes nothing (x + 0, x * 1, x - x), order what commutes."""
    return language.fold(formula, _leaf, partial(_join, language, fold))


def _leaf(token: str | float) -> Formula:
    return (token if isinstance(token, str) else token + 0.0,)  # turns -0.0 into 0.0


def _join(language: Language, fold: Fold, name: str, parts: list[Formula]) -> Formula:
    """Apply a primitive to simplified arguments."""
    numbers = [part[0] for part in parts if _is_constant(part)]
    if len(numbers) == len(parts):
        return (fold(name, [float(number) for number in numbers]) + 0.0,)
    if name in COMMUTATIVE:
        parts = sorted(parts, key=_place)
    rule = RULES.get(name)
    found = rule(partial(_join, language, fold), language, *parts) if rule else None
    return (name, *chain.from_iterable(parts)) if found is None else found


def _is_constant(part: Formula) -> bool:
    return isinstance(part[0], float)


def _place(part: Formula) -> tuple[bool, int, tuple[str, ...]]:
    """Small terms come first and constants last: x * 0.5, max(x, 0)."""
    return _is_constant(part), len(part), tuple(map(str, part))


def _split(part: Formula, name: str, language: Language) -> tuple[Formula, Formula] | None:
    """Return the two arguments of a part that begins with a primitive, None if it does not."""
    if part[0] != name:
        return None
    missing = 1
    for end, token in enumerate(part[1:], start=2):
        missing += language.arity(token) - 1
        if not missing:
            return part[1:end], part[end:]
    raise AssertionError(part)


# A rule gets a way to join simplified parts, the language, and the arguments; it returns None
# where it has nothing to say.
Join = Callable[[str, list[Formula]], Formula]
Rule = Callable[..., Formula | None]


def _add(join: Join, language: Language, a: Formula, b: Formula) -> Formula | None:
    if b == ZERO:
        return a
    for one, other in ((a, b), (b, a)):  # a + (0 - b) is a - b
        parts = _split(one, "sub", language)
        if parts and parts[0] == ZERO:
            return join("sub", [other, parts[1]])
    return None


def _sub(join: Join, language: Language, a: Formula, b: Formula) -> Formula | None:
    if a == b:
        return ZERO
    if _is_constant(b):  # a - 1 is a + -1
        return join("add", [a, (-float(b[0]) + 0.0,)])
    parts = _split(b, "sub", language)
    if parts and ZERO in (a, parts[0]):  # 0 - (b - c) is c - b, a - (0 - c) is a + c
        return join("sub", [parts[1], parts[0]]) if a == ZERO else join("add", [a, parts[1]])
    return None


def _mul(join: Join, language: Language, a: Formula, b: Formula) -> Formula | None:
    if b == ZERO:
        return ZERO
    if b == ONE:
        return a
    return join("sub", [ZERO, a]) if b == MINUS_ONE else None


def _div(join: Join, language: Language, a: Formula, b: Formula) -> Formula | None:
    return ZERO if a == ZERO else _mul(join, language, a, b) if b in (ONE, MINUS_ONE) else None


def _extreme(join: Join, language: Language, a: Formula, b: Formula) -> Formula | None:
    return a if a == b else None


RULES: Mapping[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "max": _extreme,
    "min": _extreme,
}
