"""Formulas as plain data: a small language over named columns, its interpreter and its notation.

A formula is a flat tuple in prefix order: a number is a constant, a primitive's name is followed
by its arguments, any other name reads a column: `("add", "metric_last", 0.5)` is
metric_last + 0.5.
Nothing here calls Python's `eval`: only the primitives listed below can run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.registry import suggest

Array = npt.NDArray[np.float64]
Formula = tuple[str | float, ...]

LIMIT = 1e6  # every intermediate result is clamped to +-LIMIT, so products stay finite
SMALLEST_DIVISOR = 1e-6


def protected_divide(a: Array, b: Array) -> Array:
    """Divide, where a divisor next to zero gives 1 (Koza 1992)."""
    safe = np.abs(b) > SMALLEST_DIVISOR
    return np.where(safe, a / np.where(safe, b, 1.0), 1.0)


@dataclass(frozen=True)
class Primitive:
    """A function of columns, how many it takes and how it is written."""

    function: Callable[..., Any]
    arity: int
    notation: str


PRIMITIVES: Mapping[str, Primitive] = {
    "add": Primitive(np.add, 2, "({} + {})"),
    "sub": Primitive(np.subtract, 2, "({} - {})"),
    "mul": Primitive(np.multiply, 2, "({} * {})"),
    "div": Primitive(protected_divide, 2, "({} / {})"),
    "min": Primitive(np.minimum, 2, "min({}, {})"),
    "max": Primitive(np.maximum, 2, "max({}, {})"),
    "log": Primitive(lambda a: np.log1p(np.abs(a)), 1, "log(1 + |{}|)"),
    "tanh": Primitive(np.tanh, 1, "tanh({})"),
    "sqrt": Primitive(lambda a: np.sqrt(np.abs(a)), 1, "sqrt(|{}|)"),
    "neg": Primitive(np.negative, 1, "-({})"),
}


def arity(token: str | float) -> int:
    """Return how many arguments a token takes; columns and constants take none."""
    primitive = PRIMITIVES.get(token) if isinstance(token, str) else None
    return primitive.arity if primitive else 0


def depth(formula: Formula) -> int:
    """Return the number of edges from the root to the deepest leaf (a lone leaf has 0)."""
    deepest, pending = 0, [0]
    for token in formula:
        level = pending.pop()
        deepest = max(deepest, level)
        pending.extend([level + 1] * arity(token))
    return deepest


def check(formula: Sequence[Any], terminals: Sequence[str]) -> Formula:
    """Return the formula in canonical type (constants as floats).

    Raises ValueError for unknown names, numbers that are not finite or beyond `LIMIT`, and token
    sequences that are no complete formula.
    """
    if isinstance(formula, str) or not isinstance(formula, Sequence):
        raise ValueError(f"received {formula!r}, expected a formula: a list in prefix order")
    missing, tokens = 1, []
    for token in formula:
        if not missing:
            break
        tokens.append(_check_token(token, terminals))
        missing += arity(tokens[-1]) - 1
    if missing or len(tokens) != len(formula):
        fault = f"{missing} arguments are missing" if missing else "tokens follow after its end"
        raise ValueError(f"received the formula {list(formula)!r}, but {fault}")
    return tuple(tokens)


def _check_token(token: Any, terminals: Sequence[str]) -> str | float:
    if isinstance(token, str):
        if token not in PRIMITIVES and token not in terminals:
            raise ValueError(suggest("name in a formula", token, [*PRIMITIVES, *terminals]))
        return token
    if isinstance(token, bool) or not isinstance(token, int | float):
        raise ValueError(f"received {token!r} in a formula, expected a name or a number")
    if not math.isfinite(token) or abs(token) > LIMIT:
        raise ValueError(f"received the constant {token!r}, allowed are -{LIMIT:g} to {LIMIT:g}")
    return float(token)


def evaluate(formula: Formula, columns: Mapping[str, Array], rows: int) -> Array:
    """Evaluate a checked formula; (rows,), finite for any input.

    `columns` maps names to arrays of shape (rows,). A column that is not there reads as zero, as
    do missing values (NaN). Results of every step are clamped to +-LIMIT.
    """
    stack: list[Array] = []
    with np.errstate(all="ignore"):
        for token in reversed(formula):  # prefix order, read backwards: arguments come first
            if isinstance(token, str) and token in PRIMITIVES:
                primitive = PRIMITIVES[token]
                arguments = [stack.pop() for _ in range(primitive.arity)]
                stack.append(np.clip(primitive.function(*arguments), -LIMIT, LIMIT))
            elif isinstance(token, str):
                column = columns.get(token)
                stack.append(np.zeros(rows) if column is None else _finite(column))
            else:
                stack.append(np.full(rows, float(token)))
    return stack[0]


def _finite(column: Array) -> Array:
    return np.nan_to_num(column, nan=0.0, posinf=LIMIT, neginf=-LIMIT).clip(-LIMIT, LIMIT)


def to_text(formula: Formula) -> str:
    """Write a formula as people do, e.g. `(metric_last + 0.5)`."""
    stack: list[str] = []
    for token in reversed(formula):
        if isinstance(token, str) and token in PRIMITIVES:
            primitive = PRIMITIVES[token]
            arguments = [stack.pop() for _ in range(primitive.arity)]
            stack.append(primitive.notation.format(*arguments))
        else:
            stack.append(token if isinstance(token, str) else f"{token:.4g}")
    text = stack[0]
    return text[1:-1] if formula[0] in ("add", "sub", "mul", "div") else text
